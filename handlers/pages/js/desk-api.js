// Calls of /api/v1/agent/ and /api/v1/ops/; whatever goes wrong becomes an ApiError with a code the phrases know.

export class ApiError extends Error {
  constructor(status, code, { agent = "", retryAfter = 0, findings = [] } = {}) {
    super(code);
    this.status = status;
    this.code = code;
    this.agent = agent;
    this.findings = findings;
    this.retryAfter = retryAfter;
  }

  /** The request may never have arrived, or the server is restarting: the same request is worth another try. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

export async function call(method, path, body) {
  const request = { method, credentials: "same-origin", signal: AbortSignal.timeout(15000), headers: {} };
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}`, request);
  } catch {
    throw new ApiError(0, "offline");
  }
  if (answer.status === 204) return null;
  const data = await answer.json().catch(() => ({}));
  if (answer.ok) return data;
  const { code = "failed", agent, findings } = data.error ?? {};
  throw new ApiError(answer.status, code, { agent, findings, retryAfter: Number(answer.headers.get("Retry-After")) || 0 });
}

const talk = (id, rest = "") => `agent/conversations/${id}${rest}`;

export const api = {
  login: (login, password, totp = "") => call("POST", "agent/login", { login, password, ...(totp && { totp }) }),
  logout: () => call("POST", "agent/logout", {}),
  me: () => call("GET", "agent/me"),
  presence: (state) => call("POST", "agent/presence", { state }),
  queue: () => call("GET", "agent/queue"),
  colleagues: () => call("GET", "agent/colleagues"),
  topics: () => call("GET", "agent/topics"),
  next: () => call("POST", "agent/next", {}),
  claim: (id) => call("POST", talk(id, "/claim"), {}),
  pack: (id) => call("GET", talk(id)),
  card: (id) => call("GET", talk(id, "/card")),
  events: (id, after) => call("GET", talk(id, `/events?after=${after}`)),
  answers: (id, query) => call("GET", talk(id, `/answers?q=${encodeURIComponent(query)}`)),
  say: (id, message) => call("POST", talk(id, "/messages"), message),
  correct: (id, change) => call("POST", talk(id, "/corrections"), change),
  note: (id, text) => call("POST", talk(id, "/notes"), { text }),
  transfer: (id, move) => call("POST", talk(id, "/transfer"), move),
  giveBack: (id) => call("POST", talk(id, "/return"), {}),
  snooze: (id, pause) => call("POST", talk(id, "/snooze"), pause),
  unsnooze: (id) => call("POST", talk(id, "/unsnooze"), {}),
  reopen: (id) => call("POST", talk(id, "/reopen"), {}),
  reveal: (id) => call("POST", talk(id, "/reveal"), {}),
  closeReasons: () => call("GET", "agent/close_reasons"),
  places: (lat, lon) => call("GET", `agent/places?lat=${lat}&lon=${lon}`),
  shift: () => call("GET", "agent/shift"),
  close: (id, ending) => call("POST", talk(id, "/close"), ending),
  overview: () => call("GET", "ops/overview"),
};
