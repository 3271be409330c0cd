// What a person may do about this chat besides talking: go on in a messenger, undo that, see and erase what is kept.
import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { Icon } from "./icons.js";

const DOTS = ["M12 5.5v.1", "M12 12v.1", "M12 18.5v.1"];

/** `known`: the app has said who this is; a visitor has nothing to link. */
export function Menu({ words, chat, known }) {
  const [open, setOpen] = useState(false);
  const [Sheet, setSheet] = useState(null);
  const box = useRef(null);
  const close = () => setOpen(false);
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event) => box.current.contains(event.target) || close();
    const escape = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
      box.current.querySelector("button").focus();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("keydown", escape, true);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("keydown", escape, true);
    };
  }, [open]);
  const toggle = async () => {
    setOpen(!open);
    if (Sheet) return;
    const { Sheet: made } = await import("./chat-menu-sheet.js");
    setSheet(() => made);
  };
  const label = words.t("page.chat.menu");
  return html`
    <div class="menu" ref=${box}>
      <button type="button" class="dots" aria-label=${label} title=${label} aria-expanded=${open ? "true" : "false"}
        onClick=${toggle}><${Icon} of=${DOTS} /></button>
      ${open && Sheet && html`<${Sheet} words=${words} chat=${chat} known=${known} close=${close} />`}
    </div>
  `;
}
