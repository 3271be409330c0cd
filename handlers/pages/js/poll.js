// The same conversation over plain HTTP, for networks that let no WebSocket through.

const POLL_WITHIN = 35_000; // the server answers after 25 s at the latest

async function call(url, token, options, signal) {
  const limit = AbortSignal.timeout(POLL_WITHIN);
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const signals = signal ? AbortSignal.any([signal, limit]) : limit;
  return fetch(url, { ...options, headers, signal: signals, cache: "no-store", credentials: "omit" });
}

/** {events, head}, {refused} when the token is not taken, or null when the server could not be asked. */
export async function poll(base, query, token, signal) {
  try {
    const answer = await call(`${base}/api/v1/events?${query}`, token, {}, signal);
    if (answer.status === 401) return { refused: true };
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** What is linked, a one-time way into a messenger, or null when the server could not be asked. */
export async function link(method, token) {
  try {
    const answer = await call("/api/v1/link", token, { method });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** True when the mark is kept. */
export async function read(base, upto, token) {
  try {
    return (await call(`${base}/api/v1/read`, token, { method: "POST", body: JSON.stringify({ upto }) })).ok;
  } catch {
    return false;
  }
}

/** {seq, ts}, or {error, again}: `again` when trying later can help. */
export async function post(base, message, token) {
  try {
    const answer = await call(`${base}/api/v1/send`, token, { method: "POST", body: JSON.stringify(message) });
    if (answer.ok) return await answer.json();
    const { error } = await answer.json();
    return { error: error.code, again: answer.status === 429 || answer.status === 401 || answer.status >= 500 };
  } catch {
    return { error: "offline", again: true };
  }
}
