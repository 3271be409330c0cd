// Which tab is open and how it is set stands in the URL: a link shows a colleague the same, back goes back.
import { useEffect, useState } from "../vendor/preact-htm.js";

function read() {
  const { tab, ...query } = Object.fromEntries(new URLSearchParams(location.search));
  return { tab, query };
}

function write(tab, query, push) {
  const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const url = `${location.pathname}?${new URLSearchParams([["tab", tab], ...kept])}`;
  history[push ? "pushState" : "replaceState"](null, "", url);
}

/** [{tab, query}, setQuery(patch, {push}), open(tab, query)] */
export function useUrl(first) {
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const onBack = () => setPlace(read());
    window.addEventListener("popstate", onBack);
    return () => window.removeEventListener("popstate", onBack);
  }, []);

  function open(tab, query = {}, push = true) {
    write(tab, query, push);
    setPlace(read());
  }
  const tab = place.tab ?? first;
  // Read anew: two changes in one moment both count.
  const setQuery = (patch, { push = false } = {}) => open(tab, { ...read().query, ...patch }, push);
  return [{ tab, query: place.query }, setQuery, open];
}
