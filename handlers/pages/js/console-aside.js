// A chat put aside: for how long, and why if that is worth a word.
import { html, useState } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";
import { Dialog, Foot } from "./console-dialog.js";

const MINUTE = 60000;
const MORNING = 9; // o'clock
const CHOICES = {
  ten: () => Date.now() + 10 * MINUTE,
  hour: () => Date.now() + 60 * MINUTE,
  morning: () => new Date().setHours(24 + MORNING, 0, 0, 0),
};

export function Snooze({ state, onShut, onGo }) {
  const { t, when } = useWords();
  const [choice, setChoice] = useState("ten");
  const [own, setOwn] = useState(() => fieldValue(Date.now() + 120 * MINUTE));
  const [reason, setReason] = useState("");
  const until = choice === "own" ? new Date(own).getTime() : CHOICES[choice]();
  const past = !(until > Date.now());

  function submit(event) {
    event.preventDefault();
    onGo({ until: Math.round(until + state.clockOffset), reason: reason.trim() });
  }

  return html`
    <${Dialog} name="snooze" notice=${state.notice} onShut=${onShut}>
      <form onSubmit=${submit}>
        <p class="detail about">${t("page.desk.snooze.about")}</p>
        <fieldset>
          <legend>${t("page.desk.snooze.until")}</legend>
          ${[...Object.keys(CHOICES), "own"].map(
            (name) => html`<label class="choice" key=${name}>
              <input type="radio" name="until" value=${name} checked=${choice === name} autofocus=${name === "ten"} onChange=${() => setChoice(name)} />
              <span class="choice-name">${t(`page.desk.snooze.${name}`)}</span>
              ${name !== "own" && html`<span class="detail">${when(CHOICES[name]())}</span>`}
            </label>`,
          )}
          ${choice === "own" &&
          html`<input type="datetime-local" required aria-label=${t("page.desk.snooze.own")} value=${own}
            min=${fieldValue(Date.now())} onInput=${(event) => setOwn(event.currentTarget.value)} />`}
        </fieldset>
        <label class="field">
          <span>${t("page.desk.snooze.reason")}</span>
          <input maxlength="500" value=${reason} onInput=${(event) => setReason(event.currentTarget.value)} />
        </label>
        <${Foot} go=${t("page.desk.move.snooze")} disabled=${past || state.busy} onShut=${onShut} />
      </form>
    <//>
  `;
}

/** A moment as <input type="datetime-local"> writes it, in the agent's own zone. */
function fieldValue(ms) {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE);
  return local.toISOString().slice(0, 16);
}
