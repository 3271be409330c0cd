// Whoever is not signed in: a token of our own, kept by this page alone, and handed back once the app says who it is.
const KEY = "chat.visitor";
const TRIES = 10;

export class Visitor {
  constructor(store) {
    this.store = store;
  }

  /** A token; null when none can be had now. `again` keeps the visitor's name and lets it live on. */
  async getToken(again) {
    const kept = this.store.getItem(KEY);
    if (kept && !again) return kept;
    const answer = await call("/api/v1/visitor", kept);
    if (!answer.token) return kept;
    this.store.setItem(KEY, answer.token);
    return answer.token;
  }

  /** The app has said who this is: what the visitor said goes on in their own chat. */
  async join(token) {
    const kept = this.store.getItem(KEY);
    if (!kept) return;
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await call("/api/v1/visitor/join", token, { visitor: kept });
      if (answer.error?.code !== "busy") break;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    this.store.removeItem(KEY);
  }
}

async function call(path, token, body = {}) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  try {
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), credentials: "omit" });
    return await answer.json();
  } catch {
    return {};
  }
}
