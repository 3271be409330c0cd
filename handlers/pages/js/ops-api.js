// Calls of /api/v1/ops/, and of /api/v1/agent/ where operations need them too.
import { call } from "./desk-api.js";

const query = (values) => {
  const said = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return said.length ? `?${new URLSearchParams(said)}` : "";
};
const talk = (id) => `ops/conversations/${id}`;
const agent = (login) => `ops/agents/${encodeURIComponent(login)}`;

export const ops = {
  chats: (which) => call("GET", `ops/chats${query(which)}`),
  takeOver: (id) => call("POST", `${talk(id)}/take_over`, {}),
  reassign: (id, login) => call("POST", `${talk(id)}/reassign`, { agent: login }),
  cases: (wanted) => call("GET", `ops/cases${query(wanted)}`),
  casesFile: (wanted) => `/api/v1/ops/cases.csv${query(wanted)}`,
  casesOfNumber: (number) => call("POST", "ops/cases/of_number", { number }),
  reveal: (id) => call("POST", `agent/conversations/${id}/reveal`, {}),
  numbers: (family, wanted) => call("GET", `ops/numbers/${family}${query(wanted)}`),
  numbersFile: (family, table, wanted) => `/api/v1/ops/numbers/${family}/${table}.csv${query(wanted)}`,
  incidents: () => call("GET", "ops/incidents"),
  incidentTopics: () => call("GET", "ops/incidents/topics"),
  openIncident: (terms) => call("POST", "ops/incidents", terms),
  incident: (id, deed, terms = {}) => call("POST", `ops/incidents/${id}/${deed}`, terms),
  audit: (wanted) => call("GET", `ops/audit${query(wanted)}`),
  auditFile: (wanted) => `/api/v1/ops/audit.csv${query(wanted)}`,
  agents: () => call("GET", "ops/agents"),
  addAgent: (terms) => call("POST", "ops/agents", terms),
  changeAgent: (login, terms) => call("POST", agent(login), terms),
  setPassword: (login, password) => call("POST", `${agent(login)}/password`, password ? { password } : {}),
  deed: (login, deed) => call("POST", `${agent(login)}/${deed}`, {}),
};

export const account = {
  sessions: () => call("GET", "agent/sessions"),
  endSession: (id) => call("POST", `agent/sessions/${id}/end`, {}),
  endOthers: () => call("POST", "agent/sessions/end_others", {}),
  totp: () => call("GET", "agent/totp"),
  beginTotp: (password) => call("POST", "agent/totp", { password }),
  confirmTotp: (code) => call("POST", "agent/totp/confirm", { code }),
  totpOff: (password, code) => call("POST", "agent/totp/off", { password, code }),
};
