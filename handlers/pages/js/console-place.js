// A location somebody sent: the nearest place in words, and a small sketch of what lies around. No map service is asked.
import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { api } from "./desk-api.js";
import { useWords } from "./desk-words.js";

const WINDS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];
const known = new Map(); // "lat,lon" -> places, for as long as the page is open
const [WIDTH, HEIGHT, MARGIN] = [240, 110, 18];

export function Place({ place: { lat, lon } }) {
  const { t, number, pick } = useWords();
  const places = usePlaces(lat, lon);
  const [nearest] = places;
  const values = nearest && { place: `${pick(nearest.names)}, ${pick(nearest.region)}`, km: number(nearest.km), wind: t(`page.desk.wind.${wind(lat, lon, nearest)}`) };
  return html`
    <div class="place">
      ${nearest && html`<p class="text">${t(nearest.km < 1 ? "page.desk.place.here" : "page.desk.place.near", values)}</p>`}
      ${nearest && html`<${Sketch} lat=${lat} lon=${lon} places=${places} />`}
      <p class="file">${lat.toFixed(5)}, ${lon.toFixed(5)}</p>
    </div>
  `;
}

function usePlaces(lat, lon) {
  const key = `${lat},${lon}`;
  const [, draw] = useState(0);
  useEffect(() => {
    if (known.has(key)) return;
    known.set(key, []);
    api.places(lat, lon).then((found) => (known.set(key, found.places), draw((n) => n + 1)), () => known.delete(key));
  }, [key]);
  return known.get(key) ?? [];
}

/** Where the place lies as seen from the point. */
function wind(lat, lon, place) {
  const east = (place.longitude - lon) * Math.cos((lat * Math.PI) / 180);
  const turn = Math.atan2(east, place.latitude - lat) / (2 * Math.PI);
  return WINDS[Math.round(turn * 8 + 8) % 8];
}

function Sketch({ lat, lon, places }) {
  const { t, pick } = useWords();
  const narrow = Math.cos((lat * Math.PI) / 180);
  const spots = places.map((one) => ({ name: pick(one.names), x: (one.longitude - lon) * narrow, y: lat - one.latitude }));
  const reach = Math.max(0.005, ...spots.map(({ x, y }) => Math.max(Math.abs(x) / (WIDTH / 2 - 3 * MARGIN), Math.abs(y) / (HEIGHT / 2 - MARGIN)) * (HEIGHT / 2 - MARGIN)));
  const scale = (HEIGHT / 2 - MARGIN) / reach;
  const at = ({ x, y }) => [WIDTH / 2 + x * scale, HEIGHT / 2 + y * scale];
  return html`
    <svg class="sketch" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${t("page.desk.place.sketch", { names: spots.map(({ name }) => name).join(", ") })}>
      ${spots.map((spot) => {
        const [x, y] = at(spot);
        return html`<g key=${spot.name}><circle class="spot" cx=${x} cy=${y} r="3" /><text x=${x} y=${y > HEIGHT / 2 ? y + 14 : y - 7} text-anchor="middle">${spot.name}</text></g>`;
      })}
      <circle class="person" cx=${WIDTH / 2} cy=${HEIGHT / 2} r="5" />
    </svg>
  `;
}
