// The end of a chat: a reason out of two levels, found by typing; the outcome; a candidate for the FAQ.
import { html, useEffect, useMemo, useState } from "../vendor/preact-htm.js";
import { useWords } from "./desk-words.js";
import { Dialog, Foot } from "./console-dialog.js";

// What the group says of the outcome already; the agent may say otherwise.
const LIKELY = { helped: "solved", not_helped: "unsolved" };

export function Close({ state, onShut, onGo }) {
  const { t } = useWords();
  const [chosen, setChosen] = useState(null);
  const [outcome, setOutcome] = useState("");
  const [note, setNote] = useState("");
  const [candidate, setCandidate] = useState(false);
  const ready = chosen && outcome && !state.busy;

  function choose(reason) {
    setChosen(reason);
    if (LIKELY[reason.group]) setOutcome(LIKELY[reason.group]);
  }

  function submit(event) {
    event?.preventDefault();
    if (ready) onGo({ reason: chosen.code, outcome, candidate, ...(note.trim() && { note: note.trim() }) });
  }

  return html`
    <${Dialog} name="close" notice=${state.notice} onShut=${onShut}>
      <form onSubmit=${submit}>
        <${Reasons} groups=${state.reasonGroups} chosen=${chosen} onChoose=${choose} onAgain=${submit} />
        <fieldset class="outcomes">
          <legend>${t("page.desk.close.outcome")}</legend>
          ${["solved", "unsolved"].map(
            (name) => html`<label class="choice" key=${name}>
              <input type="radio" name="outcome" value=${name} required checked=${outcome === name} onChange=${() => setOutcome(name)} />
              <span class="choice-name">${t(`page.desk.close.${name}`)}</span>
            </label>`,
          )}
        </fieldset>
        <label class="field">
          <span>${t("page.desk.close.note")}</span>
          <textarea rows="2" maxlength="2000" value=${note} onInput=${(event) => setNote(event.currentTarget.value)}></textarea>
        </label>
        <label class="choice">
          <input type="checkbox" name="candidate" checked=${candidate} onChange=${() => setCandidate(!candidate)} />
          <span class="choice-name">${t("page.desk.close.candidate")}</span>
        </label>
        <${Foot} go=${t("page.desk.move.close")} disabled=${!ready} onShut=${onShut} />
      </form>
    <//>
  `;
}

/** Type to filter, arrows to move, Enter to choose; Enter on what is chosen goes on. */
function Reasons({ groups, chosen, onChoose, onAgain }) {
  const { t, pick } = useWords();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const shown = useMemo(() => filtered(groups, query), [groups, query]);
  const flat = shown.flatMap((group) => group.reasons);
  const active = flat[Math.min(at, flat.length - 1)];
  useEffect(() => {
    document.getElementById(`reason-${active?.code}`)?.scrollIntoView({ block: "nearest" });
  }, [active?.code]);

  function onKeyDown(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && flat.length) setAt((Math.min(at, flat.length - 1) + step + flat.length) % flat.length);
    else if (event.key === "Enter" && active && active.code !== chosen?.code) onChoose(active);
    else if (event.key === "Enter") onAgain();
    else return;
    event.preventDefault();
  }

  return html`
    <div class="field reasons">
      <label for="reason-filter"><span>${t("page.desk.close.reason")}</span></label>
      <input id="reason-filter" role="combobox" autocomplete="off" autofocus aria-expanded="true" aria-controls="reasons"
        aria-activedescendant=${active ? `reason-${active.code}` : undefined} placeholder=${t("page.desk.close.filter")}
        value=${query} onKeyDown=${onKeyDown} onInput=${(event) => (setQuery(event.currentTarget.value), setAt(0))} />
      <div id="reasons" class="reason-list" role="listbox" tabindex="-1" aria-label=${t("page.desk.close.reason")}>
        ${shown.map(
          (group) => html`<div key=${group.code} role="group" aria-label=${pick(group.title)}>
            <p class="reason-group" aria-hidden="true">${pick(group.title)}</p>
            ${group.reasons.map(
              (reason) => html`<div key=${reason.code} id=${`reason-${reason.code}`} role="option" aria-selected=${chosen?.code === reason.code}
                class=${active?.code === reason.code ? "reason active" : "reason"} onMouseDown=${(event) => event.preventDefault()}
                onClick=${() => (setAt(flat.indexOf(reason)), onChoose(reason))}>${pick(reason.title)}</div>`,
            )}
          </div>`,
        )}
      </div>
      ${!flat.length && html`<p class="nothing" role="status">${t("page.desk.answers.none")}</p>`}
    </div>
  `;
}

function filtered(groups, query) {
  const wanted = query.trim().toLowerCase();
  const has = (title) => Object.values(title).some((words) => words.toLowerCase().includes(wanted));
  return groups
    .map((group) => ({
      ...group,
      reasons: group.reasons.filter((one) => has(one.title) || has(group.title)).map((one) => ({ ...one, group: group.code })),
    }))
    .filter((group) => group.reasons.length);
}
