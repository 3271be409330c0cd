// The demo: pick one of the mock operator's cast, see their app, open the support chat in it.
import { html, render, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { Clock, Home } from "./demo-app.js";
import { Guest } from "./demo-guest.js";
import { Icon, Mark } from "./icons.js";
import { loadWords, pageLanguage } from "./words.js";

const LANGUAGES = ["ru", "zh"];
const OUT = ["M8 16.5L16.5 8", "M9.5 7.5h7.5V15"];

let link = new URLSearchParams(location.search).get("ask"); // from a messenger into this app, for whoever is signed in

async function get(path) {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function mint(phone, language) {
  const options = { method: "POST", body: JSON.stringify({ phone, language }), headers: { "Content-Type": "application/json" } };
  const answer = await fetch("/api/demo/token", options);
  return (await answer.json()).token;
}

function Demo({ cast, first, firstWords }) {
  const [person, setPerson] = useState(first);
  const [words, setWords] = useState(firstWords);
  const [picking, setPicking] = useState(false);
  const people = cast.map((one) => ({ ...one, ...told(one, words) }));

  async function speak(language) {
    const next = await loadWords("demo", language);
    document.title = next.t("page.demo.title");
    remember(person.phone, language);
    setWords(next);
  }

  async function pick(one) {
    setPicking(false);
    setPerson(one);
    remember(one.phone, one.language);
    if (one.language !== words.language) setWords(await loadWords("demo", one.language));
  }

  const chosen = people.find((one) => one.phone === person.phone);
  return html`
    <div class=${`stage ${picking ? "picking" : ""}`}>
      <aside>
        <div class="logo"><span class="tile"><${Mark} /></span>${words.t("page.demo.brand")}</div>
        <h1>${words.t("page.demo.heading")}</h1>
        <p>${words.t("page.demo.about")}</p>
        <${Speech} language=${words.language} words=${words} onChange=${speak} />
        <${Cast} people=${people} chosen=${chosen} words=${words} onPick=${pick} />
        <a class="desk" href="/console" target="_blank" rel="noopener">${words.t("page.demo.desk")}<${Icon} of=${OUT} /></a>
        <button type="button" class="done" onClick=${() => setPicking(false)}>${words.t("page.demo.done")}</button>
      </aside>
      <main class="phone" aria-label=${words.t("page.demo.phone")}>
        <div class="statusbar" aria-hidden="true"><${Clock} words=${words} /><${Bars} /></div>
        <${App} key=${`${chosen.phone} ${words.language}`} person=${chosen} words=${words} onSwitch=${() => setPicking(true)} />
      </main>
    </div>
  `;
}

function told(one, words) {
  const n = one.phone.at(-1);
  return { name: words.t(`page.demo.cast.${n}.name`), story: words.t(`page.demo.cast.${n}.story`) };
}

function Speech({ language, words, onChange }) {
  return html`
    <div class="speech" role="group" aria-label=${words.t("page.demo.language")}>
      ${LANGUAGES.map(
        (one) => html`
          <button type="button" lang=${one} aria-pressed=${one === language ? "true" : "false"} onClick=${() => onChange(one)}>
            ${words.t(`page.demo.language.${one}`)}
          </button>
        `,
      )}
    </div>
  `;
}

function Cast({ people, chosen, words, onPick }) {
  return html`
    <h2 id="cast">${words.t("page.demo.cast")}</h2>
    <ul class="cast" aria-labelledby="cast">
      ${people.map(
        (one) => html`
          <li>
            <button type="button" aria-pressed=${one.phone === chosen.phone ? "true" : "false"} onClick=${() => onPick(one)}>
              <span class="avatar" aria-hidden="true">${[...one.name][0]}</span>
              <span class="label"><strong>${one.name}</strong><span>${one.story}</span></span>
            </button>
          </li>
        `,
      )}
    </ul>
  `;
}

function Bars() {
  return html`
    <svg viewBox="0 0 58 14">
      <rect x="0" y="9" width="3.5" height="5" rx="1" /><rect x="5.5" y="6" width="3.5" height="8" rx="1" />
      <rect x="11" y="3" width="3.5" height="11" rx="1" /><rect x="16.5" y="0" width="3.5" height="14" rx="1" />
      <rect x="31" y="1" width="22" height="12" rx="3.5" fill="none" stroke="currentColor" stroke-opacity=".5" />
      <rect x="33" y="3" width="15" height="8" rx="2" /><rect x="54.5" y="5" width="2" height="4" rx="1" fill-opacity=".5" />
    </svg>
  `;
}

/** One subscriber's app; made anew for another subscriber, so that nothing of the last one stays. */
function App({ person, words, onSwitch }) {
  const [facts, setFacts] = useState(null);
  const [chat, setChat] = useState({ loaded: false, open: false, unread: 0, ask: "" });
  const guest = useRef(null);
  const button = useRef(null);
  useEffect(() => {
    guest.current = new Guest({
      language: words.language,
      getToken: () => mint(person.phone, words.language),
      onClose: close,
      onUnread: (unread) => setChat((now) => ({ ...now, unread })),
    });
    load();
    if (link) open(`&ask=${encodeURIComponent(link)}`);
    link = null;
    return () => guest.current.shutdown();
  }, []);

  // The app under the chat is inert until it is drawn anew; only then can it take the focus back.
  useEffect(() => {
    if (chat.loaded && !chat.open) button.current.focus();
  }, [chat.open]);

  function load() {
    setFacts(null);
    get(`/api/demo/cast/${encodeURIComponent(person.phone)}`).then(setFacts, () => setFacts({ known: false }));
  }

  function open(ask = "") {
    setChat((now) => ({ ...now, loaded: true, open: true, ask: now.loaded ? now.ask : ask }));
    guest.current.open();
  }

  function close() {
    setChat((now) => ({ ...now, open: false }));
    guest.current.hide();
  }

  function ask(text) {
    open();
    guest.current.ask(text);
  }

  return html`
    <div class=${`app ${chat.open ? "talking" : ""}`}>
      <div class="under" inert=${chat.open}>
        <${Home} person=${person} words=${words} facts=${facts} onRetry=${load} onAsk=${ask} onSupport=${() => open()}
          onSwitch=${onSwitch} unread=${chat.unread} supportRef=${button} />
      </div>
      ${chat.loaded &&
      html`<div class="over" inert=${!chat.open}>
        <iframe ref=${(frame) => guest.current.attach(frame)} src=${`/chat?embed=app&lang=${words.language}${chat.ask}`}
          title=${words.t("page.demo.support")} allow="geolocation"></iframe>
      </div>`}
    </div>
  `;
}

function remember(phone, language) {
  const url = new URL(location.href);
  url.searchParams.set("as", phone.at(-1));
  url.searchParams.set("lang", language);
  history.replaceState(null, "", url);
}

async function boot() {
  const asked = new URLSearchParams(location.search);
  const { cast } = await get("/api/demo/cast");
  const language = LANGUAGES.includes(asked.get("lang")) ? asked.get("lang") : pageLanguage();
  const words = await loadWords("demo", language);
  const mine = cast.find((one) => one.phone.at(-1) === asked.get("as"));
  const first = mine ?? cast.find((one) => one.language === language) ?? cast[0];
  render(html`<${Demo} cast=${cast} first=${first} firstWords=${words} />`, document.getElementById("demo"));
}

boot();
