// What calls an agent from the outside of the page: the title's count, the tab's icon, the system's notifications.
import { useEffect } from "../vendor/preact-htm.js";
import { myRows } from "./console-store.js";

/** The system's notifications: never, when the desk is out of sight, always, or staying until the chat is taken. */
export class Notices {
  #shown = new Map(); // conversation -> Notification
  #mode = "off";

  constructor(store, onOpen) {
    this.store = store;
    this.onOpen = onOpen;
    this.#forget = store.listen(() => this.#withdraw());
  }

  /** Browsers ask the agent only after a click, and that is where the mode is set. */
  set(mode, words) {
    this.#mode = mode;
    this.words = words;
    if (mode !== "off" && globalThis.Notification?.permission === "default") Notification.requestPermission();
  }

  stop() {
    this.#forget();
    for (const one of this.#shown.values()) one.close();
    this.#shown.clear();
  }

  waiting(row) {
    this.#show(row, "waiting");
  }

  heard(row) {
    this.#show(row, "heard");
  }

  #forget;

  #show(row, what) {
    if (this.#mode === "off" || globalThis.Notification?.permission !== "granted") return;
    if (this.#mode === "hidden" && document.visibilityState !== "hidden") return;
    const { t } = this.words;
    // Anybody may look at a screen: who waits is said, what they wrote is not.
    const title = t(`page.desk.notify.${what}`, { name: row.name || t("page.desk.nameless") });
    const notice = new Notification(title, {
      body: t(`page.desk.notify.${row.language}`),
      tag: `chat-${row.id}`,
      requireInteraction: this.#mode === "taken" && what === "waiting",
    });
    notice.onclick = () => {
      window.focus();
      this.onOpen(row.id);
      notice.close();
    };
    this.#shown.set(row.id, notice);
  }

  /** Taken by somebody, or opened here: nobody is called any more. */
  #withdraw() {
    if (!this.#shown.size) return;
    const { waiting, mine, openId } = this.store.get();
    const seen = document.visibilityState !== "hidden";
    for (const [id, notice] of this.#shown) {
      const calls = waiting.some((row) => row.id === id) || mine.some((row) => row.id === id);
      if (calls && !(seen && openId === id)) continue;
      notice.close();
      this.#shown.delete(id);
    }
  }
}

/** "(3) Desk", and the same number on the tab's icon: chats to take and messages not read yet. */
export function useTitle(state, title) {
  const unread = myRows(state).filter((row) => row.unread > 0).length;
  const count = unread + state.waiting.length;
  useEffect(() => {
    document.title = count ? `(${count}) ${title}` : title;
  }, [count, title]);
  useEffect(() => {
    const icon = document.querySelector('link[rel="icon"]');
    if (icon) icon.href = count ? badge(count) : "/favicon.ico";
  }, [count]);
}

function badge(count) {
  const said = count > 9 ? "9+" : count;
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="#b3261e"/><text x="16" y="23" font-family="sans-serif" font-size="20" font-weight="700" text-anchor="middle" fill="#fff">${said}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(drawn)}`;
}
