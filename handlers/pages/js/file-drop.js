// Files that come by dragging or pasting, for the chat and the desk.
import { useEffect, useRef, useState } from "../vendor/preact-htm.js";

/** Takes files dropped anywhere on the page; true while they hover over it. */
export function useDrop(onFiles) {
  const [over, setOver] = useState(false);
  const latest = useRef(onFiles);
  latest.current = onFiles;
  useEffect(() => {
    const carries = (event) => event.dataTransfer?.types.includes("Files");
    const enter = (event) => carries(event) && (event.preventDefault(), setOver(true));
    const leave = (event) => !event.relatedTarget && setOver(false);
    const drop = (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      setOver(false);
      latest.current([...event.dataTransfer.files]);
    };
    const ears = { dragenter: enter, dragover: enter, dragleave: leave, drop };
    for (const [name, ear] of Object.entries(ears)) addEventListener(name, ear);
    return () => {
      for (const [name, ear] of Object.entries(ears)) removeEventListener(name, ear);
    };
  }, []);
  return over;
}

/** Files in a paste; a text that a table or a letter brings along with its picture stays a text. */
export function pasted(event) {
  const { files } = event.clipboardData;
  return files.length && !event.clipboardData.getData("text/plain") ? [...files] : [];
}
