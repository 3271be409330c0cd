// The live line of the operations page: one socket that pushes the picture of the house, and the chat that is open.
import { useEffect, useState } from "../vendor/preact-htm.js";
import { Line } from "./desk-socket.js";

const SLOW_LINK = 2000; // a hiccup shorter than this is not worth a word

/** `picture` is the last one told, `offset` our clock minus the server's in ms, `stale` since when the line is down. */
export class Feed {
  picture = null;
  offset = 0;
  stale = 0;
  #watchers = new Set();
  #chat = null; // {id, after, onEvents, onLeft}
  #slow = 0;
  #line;

  constructor(onSessionOver) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.#line = new Line({
      url: `${scheme}://${location.host}/ws/v1`,
      hello: { watch: "live" },
      subs: () => (this.#chat ? [{ conv: this.#chat.id, after: this.#chat.after }] : []),
      onFrame: (frame) => this.#hear(frame),
      onLink: (up) => this.#link(up),
      onSessionOver,
    });
  }

  watch(watcher) {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Follow one chat from event number `after` on, instead of the one before. */
  follow(chat) {
    this.leave();
    this.#chat = chat;
    this.#line.send({ t: "sub", conv: chat.id, after: chat.after });
  }

  leave() {
    if (this.#chat) this.#line.send({ t: "unsub", conv: this.#chat.id });
    this.#chat = null;
  }

  close() {
    clearTimeout(this.#slow);
    this.#line.close();
  }

  #hear(frame) {
    if (frame.t === "live") {
      const { t: _, now, ...picture } = frame;
      this.offset = Date.now() - now;
      this.picture = picture;
      this.#tell();
    } else if (frame.conv !== this.#chat?.id) return;
    else if (frame.t === "batch") {
      const fresh = frame.items.filter((event) => event.n > this.#chat.after);
      if (!fresh.length) return;
      this.#chat.after = fresh.at(-1).n;
      this.#chat.onEvents(fresh);
    } else if (frame.t === "left") this.#chat.onLeft(frame.agent);
  }

  #link(up) {
    clearTimeout(this.#slow);
    if (up && this.stale) {
      this.stale = 0;
      this.#tell();
    } else if (!up && !this.stale) {
      const since = Date.now();
      this.#slow = setTimeout(() => ((this.stale = since), this.#tell()), SLOW_LINK);
    }
  }

  #tell() {
    for (const watcher of this.#watchers) watcher();
  }
}

/** The feed's picture, and the component drawn anew whenever it changes. */
export function useFeed(feed) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const again = () => redraw((count) => count + 1);
    again(); // what came between the drawing and the watching
    return feed.watch(again);
  }, [feed]);
  return feed.picture;
}
