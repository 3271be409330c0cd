// Line icons, 16 x 16; decoration only: whatever they stand beside carries the name.
import { html } from "../vendor/preact-htm.js";

const PATHS = {
  telegram: "M14.2 2.3 1.6 7.2l4 1.5m8.6-6.4L5.6 8.7m8.6-6.4-2 11.2-6.6-4.8m0 0v4.4l2.3-2.7",
  inapp: "M5 1.5h6a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1Zm2.2 10.8h1.6",
  bot: "M3 6.2h10v7H3zM8 6.2V3.4m0-.9v.2M1.2 9v2m13.6-2v2M5.9 9v1.2m4.2-1.2v1.2",
  next: "M2.5 8h10M9 4l4 4-4 4",
  transfer: "M2 5h10.5M10 2.5 12.5 5 10 7.5M14 11H3.5M6 8.5 3.5 11 6 13.5",
  back: "M6.5 4 2.5 8l4 4M2.5 8h8a3 3 0 0 1 3 3v1.5",
  close: "M3 8.5 6.5 12 13 4.5",
  note: "M3 2.5h10v7.5l-3.5 3.5H3zM13 10H9.5v3.5M5.5 5.5h5M5.5 8h2.5",
  card: "M1.5 3h13v10h-13zM4 10.5c.3-1.3 1-2 2-2s1.7.7 2 2M6 6.9a1 1 0 1 0 0-2 1 1 0 0 0 0 2ZM10.5 6H13m-2.5 2.5H13",
  keys: "M1.5 4h13v8h-13zM4 6.5h.1m2.5 0h.1m2.5 0h.1m2.5 0h.1M4.5 9.5h7",
  settings: "M2 4.5h7m3 0h2M2 11.5h2m3 0h7M10.5 3v3M5.5 10v3",
  leave: "M6.5 2H3v12h3.5M6 8h8m-3-3 3 3-3 3",
  alarm: "M8 1.8 15 14H1zM8 6.3v3.5m0 2v.1",
  clock: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM8 4.5V8l2.5 1.5",
  sent: "M2.5 8.5 6 12l7.5-8",
  failed: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM8 4.8v4m0 2.2v.1",
  down: "M8 2.5v10.5M3.5 8.5 8 13l4.5-4.5",
  fold: "m4 6 4 4 4-4",
  refresh: "M13.5 8A5.5 5.5 0 1 1 11.8 4M12 1.5V4.3H9.2",
  sound: "M2 6h2.5L8 3v10L4.5 10H2zM10.5 5.5a3.5 3.5 0 0 1 0 5M12.5 3.5a6.3 6.3 0 0 1 0 9",
  shut: "m3.5 3.5 9 9m0-9-9 9",
  clip: "M12.8 7.6 8 12.4a2.9 2.9 0 0 1-4.1-4.1l5-5a1.9 1.9 0 0 1 2.7 2.7l-5 5a.9.9 0 0 1-1.3-1.3l4.5-4.5",
  ops: "M2 13.5V9m4 4.5V4.5m4 9v-6m4 6V2",
};

export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>
`;
