// Line icons, 24 x 24, drawn for this product; colour and size come from CSS.
import { h } from "../vendor/preact-htm.js";

const PATHS = {
  back: ["M15 5l-7 7 7 7"],
  send: ["M12 19V5.5", "M6 11.5l6-6 6 6"],
  pin: ["M12 21s7-6.1 7-11.2A7 7 0 0 0 5 9.8C5 14.9 12 21 12 21z", "M12 12.2a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8z"],
  headset: ["M4.5 14v-2a7.5 7.5 0 0 1 15 0v2", "M4.5 13.5h2.4v5H6a1.5 1.5 0 0 1-1.5-1.5z", "M19.5 13.5h-2.4v5h.9a1.5 1.5 0 0 0 1.5-1.5z", "M19.5 17c0 2.4-2 3.5-5 3.5"],
  clock: ["M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z", "M12 8v4.3l2.8 1.7"],
  check: ["M5 12.6l4.4 4.4L19 7.4"],
  down: ["M6 9.5l6 6 6-6"],
  alert: ["M12 7.5v5.5", "M12 16.6v.1", "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z"],
  chat: ["M5 5h14a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 19 17h-7l-4.6 3.4V17H5a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 5 5z"],
};
const STAR = "M12 3.4l2.7 5.5 6 .9-4.4 4.2 1.1 6-5.4-2.9L6.6 20l1.1-6L3.3 9.8l6-.9z";

/** `of`: the paths of an icon that only one page has. */
export function Icon({ name, of = PATHS[name] }) {
  const paths = of.map((d) => h("path", { d }));
  return h("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, paths);
}

export function Star() {
  return h("svg", { class: "icon i-star", viewBox: "0 0 24 24", "aria-hidden": "true" }, h("path", { d: STAR }));
}

/** The operator's sign: a river between two banks. */
export function Mark() {
  const paths = ["M4 17c3.5-1.2 4.5-9.5 8-11", "M9 19c3.2-1.5 3.8-8.5 7.5-11", "M14.5 19.5c2.3-1.4 3-5.5 5.5-7.5"];
  return h("svg", { class: "icon i-mark", viewBox: "0 0 24 24", "aria-hidden": "true" }, paths.map((d) => h("path", { d })));
}
