// The sounds that call an agent, once they were switched on.
import { isUrgent } from "./console-store.js";

const REPEAT_EVERY = 8000;
const NOTES = { message: [660, 880], queue: [520, 660], urgent: [880, 660, 880, 660] }; // Hz
const NOTE_LASTS = 0.16; // seconds

export class Alerts {
  #audio = null;
  #repeat = 0;

  constructor(store) {
    this.store = store;
    this.sound = "off";
    addEventListener("pointerdown", () => this.#audio?.resume());
    addEventListener("keydown", () => this.#audio?.resume());
  }

  /** `sound` is off, once, or repeat (until somebody takes the chat). Browsers allow sound only after a click. */
  set(sound) {
    this.sound = sound;
    if (sound !== "off") this.#audio ??= new AudioContext();
    clearInterval(this.#repeat);
    if (sound === "repeat") this.#repeat = setInterval(() => this.#again(), REPEAT_EVERY);
  }

  stop() {
    clearInterval(this.#repeat);
    this.#audio?.close();
    this.#audio = null;
  }

  onNews({ waiting, heard }) {
    if (waiting.some(isUrgent)) this.#play("urgent");
    else if (heard) this.#play("message");
    else if (waiting.length && this.store.get().me.presence === "online") this.#play("queue");
  }

  #again() {
    const { waiting, me } = this.store.get();
    if (waiting.length && me.presence === "online" && me.load < me.capacity) this.#play("queue");
  }

  #play(name) {
    const audio = this.#audio;
    if (!audio || this.sound === "off" || audio.state !== "running") return;
    NOTES[name].forEach((pitch, index) => {
      const start = audio.currentTime + index * NOTE_LASTS;
      const tone = new OscillatorNode(audio, { type: "sine", frequency: pitch });
      const loudness = new GainNode(audio, { gain: 0 });
      loudness.gain.setTargetAtTime(0.18, start, 0.01);
      loudness.gain.setTargetAtTime(0, start + NOTE_LASTS * 0.7, 0.03);
      tone.connect(loudness).connect(audio.destination);
      tone.start(start);
      tone.stop(start + NOTE_LASTS * 2);
    });
  }
}
