// The tabs of the operations page, in their order. A new one is a line here, a module js/ops-<name>.js that exports
// `Tab`, and its title among the phrases of the tabs in ops.po; `style` names the files of css/ that not every tab needs.
//
// Tab({ me, query, setQuery, feed, onOut }): `query` holds the tab's own state from the URL, setQuery({name: value})
// changes it (empty: left out; { push: true }: a step for the back button), `feed` is the live line (ops-feed.js),
// onOut("expired") brings the login back after a 401.

const SUPERVISORS = ["supervisor", "admin"];
const OPERATIONS = [...SUPERVISORS, "editor"];

export const TABS = [
  { name: "live", roles: OPERATIONS, load: () => import("./ops-live.js"), style: "ops-live.css" },
  { name: "cases", roles: SUPERVISORS, load: () => import("./ops-cases.js"), style: ["ops-live.css", "ops-staff.css", "ops-cases.css"] },
  { name: "numbers", roles: SUPERVISORS, load: () => import("./ops-numbers.js"), style: "ops-numbers.css" },
  { name: "incidents", roles: SUPERVISORS, load: () => import("./ops-incidents.js"), style: "ops-incidents.css" },
  { name: "faq", roles: OPERATIONS, load: () => import("./ops-faq.js"), style: "ops-faq.css" },
  { name: "agents", roles: SUPERVISORS, load: () => import("./ops-agents.js"), style: "ops-staff.css" },
  { name: "audit", roles: SUPERVISORS, load: () => import("./ops-audit.js"), style: "ops-staff.css" },
  { name: "account", roles: [...OPERATIONS, "agent"], load: () => import("./ops-account.js"), style: "ops-staff.css" },
];

export const tabsFor = (role) => TABS.filter((tab) => tab.roles.includes(role));
