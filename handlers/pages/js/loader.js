// /chat.js: for pages of the operator's site. A launcher and nothing else until somebody clicks it.
//
//   <script src="https://HOST/chat.js" async></script>
//   SupportChat.init({ token, getToken, language, onUnread })   token: a JWT; getToken: async () => a fresh one
//   SupportChat.open() .close() .setUnread(n) .shutdown()
//
// The host page's policy needs script-src and frame-src for HOST, nothing else: styles are constructed, not inlined.
(() => {
  const ORIGIN = new URL(document.currentScript.src).origin;
  const PHRASES = "{{phrases}}"; // the server puts an object here, by language
  const STYLE = `
    :host { position: fixed; z-index: 2147483000; right: 20px; bottom: 20px; font: 600 13px/1 system-ui, sans-serif; }
    button { all: unset; box-sizing: border-box; display: grid; place-items: center; width: 56px; height: 56px;
      border-radius: 50%; background: #0b6473; color: #fff; cursor: pointer; box-shadow: 0 8px 24px rgb(8 50 60 / 35%); }
    button:focus-visible { outline: 3px solid #0b6473; outline-offset: 3px; }
    svg { width: 27px; height: 27px; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linejoin: round; }
    b { position: absolute; top: -3px; right: -3px; min-width: 22px; padding: 0 6px; box-sizing: border-box;
      border: 2px solid #fff; border-radius: 12px; background: #c2410c; color: #fff; line-height: 18px; text-align: center; }
    b:empty { display: none; }
    iframe { display: none; position: fixed; right: 20px; bottom: 88px; width: 400px; height: min(680px, calc(100vh - 112px));
      border: 0; border-radius: 20px; background: #fff; box-shadow: 0 24px 64px rgb(8 50 60 / 32%); }
    .open iframe { display: block; }
    @media (max-width: 600px) {
      iframe { inset: 0 0 auto; width: 100%; height: var(--seen, 100dvh); border-radius: 0; }
      .open button { display: none; }
    }
    @media (prefers-color-scheme: dark) { iframe { background: #121c20; } }`;

  let host, root, button, badge, frame, options, unread, opened, made, waiting;
  const narrow = matchMedia("(max-width: 600px)");
  const words = () => PHRASES[options.language] ?? PHRASES.ru;

  function init(given) {
    if (host) shutdown();
    options = { language: document.documentElement.lang.startsWith("zh") ? "zh" : "ru", ...given };
    host = document.createElement("div");
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    root = shadow.appendChild(document.createElement("div"));
    button = root.appendChild(document.createElement("button"));
    button.type = "button";
    button.append(icon());
    badge = button.appendChild(document.createElement("b"));
    badge.setAttribute("aria-hidden", "true");
    button.onclick = () => (opened ? close() : open());
    addEventListener("message", heard);
    visualViewport?.addEventListener("resize", fit);
    document.body.append(host);
    made = opened = false;
    waiting = [];
    setUnread(0);
  }

  function icon() {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = svg.appendChild(document.createElementNS(svg.namespaceURI, "path"));
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "M5 5h14a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 19 17h-7l-4.6 3.4V17H5a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 5 5z");
    return svg;
  }

  function open() {
    if (!frame) {
      frame = document.createElement("iframe");
      frame.src = `${ORIGIN}/chat?embed=page&lang=${options.language}`;
      frame.title = words().title;
      frame.allow = "geolocation";
      root.append(frame);
    }
    show(true);
    say({ type: "support:open" });
    frame.focus();
  }

  function close() {
    if (!opened) return;
    show(false);
    say({ type: "support:hide" });
    button.focus();
  }

  function show(visible) {
    opened = visible;
    root.classList.toggle("open", visible);
    button.setAttribute("aria-expanded", visible);
    for (const other of document.body.children) if (other !== host && narrow.matches) other.inert = visible;
    setUnread(visible ? 0 : unread);
  }

  function setUnread(count) {
    unread = count;
    badge.textContent = count > 0 ? Math.min(count, 99) : "";
    button.setAttribute("aria-label", count > 0 ? `${words().title}, ${words().unread.replace("{n}", count)}` : words().title);
  }

  function shutdown() {
    if (!host) return;
    if (opened) show(false);
    removeEventListener("message", heard);
    visualViewport?.removeEventListener("resize", fit);
    host.remove();
    host = frame = null;
  }

  async function heard({ origin, source, data }) {
    if (origin !== ORIGIN || !frame || source !== frame.contentWindow) return;
    if (data.type === "support:ready") {
      post({ type: "support:init", token: await token(false), language: options.language });
      made = true;
      waiting.splice(0).forEach(post);
    }
    if (data.type === "support:token?") post({ type: "support:token", token: await token(true) });
    if (data.type === "support:close") close();
    if (data.type === "support:unread") {
      if (!opened) setUnread(data.count);
      options.onUnread?.(data.count);
    }
  }

  async function token(fresh) {
    return !fresh && options.token ? options.token : options.getToken?.();
  }

  function say(message) {
    if (made) post(message);
    else waiting.push(message);
  }

  function post(message) {
    frame?.contentWindow?.postMessage(message, ORIGIN);
  }

  /** iOS draws the keyboard over the page: the frame takes what is left of the screen. */
  function fit() {
    root.style.setProperty("--seen", `${visualViewport.height}px`);
  }

  window.SupportChat = { init, open, close, setUnread, shutdown };
})();
