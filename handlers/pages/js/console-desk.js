// Everything an agent can do at the desk.
import { api } from "./desk-api.js";
import { Trays, makeSource } from "./console-files.js";
import { newId } from "./console-outbox.js";
import { isMine } from "./console-store.js";

export class Desk {
  constructor(store, feed) {
    this.store = store;
    this.feed = feed;
    this.trays = new Trays(store);
    this.source = makeSource();
  }

  open(id) {
    const before = this.store.get();
    this.store.set({ openId: id, notice: null });
    if (before.openId !== null && before.openId !== id && !isMine(before, before.openId)) this.feed.leave(before.openId);
    if (id === null) return;
    const talk = this.feed.talk(id);
    if (!talk || talk.status === "failed") this.feed.load(id);
    else {
      this.feed.see(id);
      this.feed.look();
    }
    if (this.feed.talk(id).card.status !== "ready") this.feed.loadCard(id);
  }

  async next() {
    const done = await this.#attempt(() => api.next());
    if (done?.value) this.#took(done.value);
    else if (done) this.store.set({ notice: { code: "nobody_waits" } });
  }

  async claim(id) {
    const done = await this.#attempt(() => api.claim(id));
    if (done) this.#took(done.value);
  }

  /** The words go with the first file of the tray. */
  say(id, text, entry) {
    const files = this.trays.take(id);
    if (!files.length || entry) this.feed.outbox.put(id, text, { entry });
    files.forEach((file, n) => this.feed.outbox.put(id, n || entry ? "" : text, { file }));
    this.feed.probe();
  }

  /** Words already sent go into the field to be changed, see Composer. */
  beginCorrection(id, { id: event, body }) {
    this.store.talk(id, { correcting: { event, text: body.text } });
  }

  /** True once the person sees the new words. */
  async correct(id, event, text) {
    const done = await this.#attempt(() => api.correct(id, { cid: newId(), event, text }));
    if (done) this.feed.outbox.addEvents(id, [done.value.event]);
    return Boolean(done);
  }

  /** What was refused, back to where it can be changed; returns its text. */
  takeBack(id, cid) {
    const { text, file } = this.feed.outbox.takeBack(id, cid);
    if (file) this.trays.putBack(id, file);
    return text;
  }

  note(id, text) {
    return this.#attempt(() => api.note(id, text));
  }

  async presence(state) {
    try {
      const hands = await api.presence(state);
      this.store.set((now) => ({ me: { ...now.me, ...hands } }));
    } catch (error) {
      this.feed.refused(error);
    }
  }

  transfer(id, move) {
    return this.#release(id, () => api.transfer(id, move));
  }

  giveBack(id) {
    return this.#release(id, () => api.giveBack(id));
  }

  /** Closed by a slip of the hand: one click opens it again. */
  async close(id, ending) {
    const name = this.store.get().mine.find((row) => row.id === id)?.name;
    const done = await this.#release(id, () => api.close(id, ending));
    if (done) this.store.set({ notice: { done: "closed", name, reopen: id } });
    return done;
  }

  async reopen(id) {
    const done = await this.#attempt(() => api.reopen(id));
    if (done) this.#took(done.value);
  }

  /** It stays mine; the desk is empty until the next one. */
  async snooze(id, pause) {
    if (await this.#attempt(() => api.snooze(id, pause))) this.store.set({ openId: null, dialog: null, tab: "mine" });
  }

  unsnooze(id) {
    return this.#attempt(() => api.unsnooze(id));
  }

  /** The whole number, or null; that it was looked at is kept. */
  async reveal(id) {
    return (await this.#attempt(() => api.reveal(id)))?.value.phone ?? null;
  }

  refused(error) {
    this.feed.refused(error);
  }

  show(dialog) {
    this.store.set({ dialog });
  }

  showTab(tab) {
    this.store.set({ tab });
  }

  toggleCard() {
    this.store.set((state) => ({ cardOpen: state.openId !== null && !state.cardOpen }));
  }

  dismiss() {
    this.store.set({ notice: null });
  }

  async #attempt(work) {
    this.store.set({ busy: true, notice: null });
    try {
      return { value: await work() };
    } catch (error) {
      this.feed.refused(error);
      return null;
    } finally {
      this.store.set({ busy: false });
    }
  }

  #took(row) {
    const wasOpen = this.store.get().openId === row.id;
    this.store.set((state) => ({
      tab: "mine",
      waiting: state.waiting.filter((one) => one.id !== row.id),
      mine: isMine(state, row.id) ? state.mine : [...state.mine, row],
    }));
    if (wasOpen) this.feed.load(row.id);
    this.open(row.id);
  }

  /** The talk leaves my hands by my own doing: the desk is empty until the next one. */
  async #release(id, work) {
    if (!(await this.#attempt(work))) return false;
    const { me } = this.store.get();
    for (const kind of ["draft", "seen"]) localStorage.removeItem(`desk.${kind}.${me.login}.${id}`);
    this.store.set((state) => ({ mine: state.mine.filter((row) => row.id !== id), openId: null, dialog: null }));
    this.feed.leave(id);
    return true;
  }
}
