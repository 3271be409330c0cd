// What an agent sets for herself; remembered in this browser.
import { useState } from "../vendor/preact-htm.js";

const KEY = "desk.settings";
export const CHOICES = {
  send: ["enter", "ctrl"],
  sound: ["off", "once", "repeat"],
  notify: ["off", "hidden", "always", "taken"],
  keys: ["on", "off"],
  theme: ["system", "light", "dark"],
};

export function readSettings() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    kept = {};
  }
  const settings = {};
  for (const [name, choices] of Object.entries(CHOICES)) {
    settings[name] = choices.includes(kept[name]) ? kept[name] : choices[0];
  }
  return settings;
}

export function applyTheme({ theme }) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function useSettings() {
  const [settings, setSettings] = useState(readSettings);
  function change(name, value) {
    const next = { ...settings, [name]: value };
    localStorage.setItem(KEY, JSON.stringify(next));
    applyTheme(next);
    setSettings(next);
  }
  return [settings, change];
}
