// Events and what is still on its way -> the rows of the log. Pure: the same input gives the same rows.

const TOGETHER = 10 * 60_000; // ms; one sender's bubbles stand together within ten minutes, as in Telegram
// Buttons whose moment passes with the next message; the others lead to answers and stay.
const PASSING = /^(yes|no|pick|leave|human|stay|line|lang|rate|words|copy)\b/;

/** What holds the conversation now: the newest state event, or what the server said when greeting. */
export function stateOf(events, session) {
  for (let i = events.length - 1; i >= 0; i--) if (events[i].t === "state") return events[i].body;
  return session.state ?? { state: "bot" };
}

/** `divider`: the number after which messages came while nobody looked; Infinity for none. */
export function rowsOf(events, pending, divider) {
  const rows = [];
  let day = null;
  let unread = false;
  let state = null;
  for (const event of [...events.map(fromEvent), ...pending.map(fromPending)]) {
    const today = new Date(event.ts).toDateString();
    if (today !== day) rows.push({ kind: "day", key: `day ${today}`, ts: event.ts });
    day = today;
    if (!unread && event.seq > divider && event.who !== "me" && event.kind === "msg") {
      rows.push({ kind: "unread", key: "unread" });
      unread = true;
    }
    if (event.kind === "state") {
      rows.push({ ...event, line: lineOf(state, event.state.state) });
      state = event.state.state;
    } else if (event.kind === "rating") {
      rate(rows, event);
    } else if (event.kind) {
      rows.push(event);
    }
  }
  return withGroups(withUses(rows).filter((row) => row.kind !== "state" || row.line));
}

/** Which sentence a change is worth. The queue is told by its card and by the bot, unless an agent gave the chat back. */
function lineOf(before, now) {
  if (before === now) return null;
  if (now === "queued") return before === "assigned" ? "requeued" : null;
  if (now === "bot") return before === "assigned" ? "bot" : null;
  return now;
}

function fromEvent({ seq, id, t, from, body, ts, cid }) {
  const shared = { seq, ts, key: cid ?? id, body };
  if (t === "state") return { ...shared, kind: "state", state: body };
  if (t === "csat") return { ...shared, kind: body.ask ? "rate" : "rating", rating: body.rating ?? null };
  if (t !== "msg") return { ...shared, kind: null };
  const who = from.kind === "user" ? "me" : from.kind;
  if (who === "me" && body.button?.startsWith("rate:")) return { ...shared, kind: "rating", rating: starsOf(body) };
  return { ...shared, kind: "msg", who, name: from.name, tick: who === "me" ? "sent" : null };
}

function fromPending(item) {
  const { cid, body, file, at, state, code } = item;
  const shared = { seq: Infinity, ts: item.ts ?? at, key: cid, cid, code };
  if (body.button?.startsWith("rate:")) return { ...shared, kind: "rating", rating: starsOf(body) };
  const tick = { waiting: "pending", acked: "sent", failed: "failed" }[state];
  const said = { ...body, text: body.text ?? "" };
  if (file) said.files = [{ ...file, id: body.file ?? `local:${cid}` }];
  const lifting = Boolean(file) && !body.file && state === "waiting";
  return { ...shared, kind: "msg", who: "me", name: "", body: said, tick, lifting };
}

function starsOf(body) {
  return Number(body.button.split(":")[1]);
}

function rate(rows, event) {
  const card = rows.findLast((row) => row.kind === "rate");
  if (card) card.rating = event.rating;
}

/** Marks which buttons were pressed and which have had their moment. */
function withUses(rows) {
  let said = []; // what the person said after the row, newest first
  let left = false; // the queue was left after the row
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i];
    if (row.kind === "state") left ||= row.state.state !== "queued";
    if (row.kind !== "msg") continue;
    if (row.who === "me") {
      said = [row.body, ...said];
    } else if (row.body.buttons) {
      const pressed = row.body.buttons.find((button) => said.some((body) => isPress(body, button)))?.value ?? null;
      const passing = row.body.buttons.some((button) => PASSING.test(button.value));
      const queue = row.body.buttons.some((button) => button.value.startsWith("leave"));
      row.used = { pressed, inert: pressed !== null || (queue ? left : passing && said.length > 0) };
    }
  }
  return rows;
}

function isPress(body, button) {
  return body.button ? body.button === button.value : body.text === button.label;
}

function withGroups(rows) {
  rows.forEach((row, i) => {
    if (row.kind !== "msg") return;
    row.first = !together(rows[i - 1], row);
    row.last = !together(row, rows[i + 1]);
  });
  return rows;
}

function together(a, b) {
  if (a?.kind !== "msg" || b?.kind !== "msg" || a.body.buttons) return false;
  return a.who === b.who && a.name === b.name && b.ts - a.ts < TOGETHER;
}
