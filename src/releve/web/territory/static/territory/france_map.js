/* The map of France by commune, drawn from our own tiles. Used by /carte/ and by the scenario builder.

   The element is what `{% include "territory/partials/map_canvas.html" with frame=frame %}` writes; `frame` comes from
   `map_frame.frame()` in Python. Nothing is fetched before `franceMap` is called.

     const map = await releve.franceMap(element, { onCommune, onHover, ramp: "threshold", cooperative: true });

   onCommune({ code, name, lon, lat })  a commune was clicked; onHover(the same, or null)  the pointer is over it.

     map.setValues(codes, values, breaks, { ramp })   colour the communes: class k is the number of breaks <= value; null
                                                      is hatched. Those not named go back to uncoloured.
     map.updateValues(codes, values)                  change some, with the breaks in use (live scenario: cheap).
     map.setClasses(codes, classes, { ramp })         the same with class numbers already chosen (null: hatched).
     map.setSites([{ lon, lat, name, lines, href, kind }])
                                                      markers with a popup; kind: "" or "proposed". Replaces the former ones.
     map.fitTo(codes | [west, south, east, north], { maxZoom })
     map.select(code | null)                          outline one commune; map.mark(codes) outlines several.
     map.classOf(code), map.nameOf(code), map.placeOf(code) -> { code, name, lon, lat, population } or null
     map.search(text, limit) -> places whose name begins with, then contains, the text
     map.gl                                           the MapLibre map itself; map.destroy()

   Ramps are custom properties `--rl-ramp-<name>-<k>` of territory/map.css, read again when the theme changes. */
(() => {
  "use strict";
  const idOf = (code) => parseInt(code, 36);
  const codeOf = (id) => id.toString(36).toUpperCase().padStart(5, "0");
  const css = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

  const loadLibrary = (element) => new Promise((resolve, reject) => {
    if (window.maplibregl) { resolve(); return; }
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = element.dataset.mapCss;
    const script = document.createElement("script");
    script.src = element.dataset.mapJs;
    script.addEventListener("load", () => { window.maplibregl.setWorkerUrl(element.dataset.mapWorker); resolve(); });
    script.addEventListener("error", reject);
    document.head.append(sheet, script);
  });

  /* Codes travel as gaps within each département: {"85": [1, 1, 2]} is 85001, 85002, 85004. */
  const decodeCodes = (packed) => {
    const codes = [];
    Object.entries(packed).sort(([one], [other]) => (one < other ? -1 : 1)).forEach(([prefix, gaps]) => {
      let number = 0;
      gaps.forEach((gap) => { number += gap; codes.push(prefix + String(number).padStart(5 - prefix.length, "0")); });
    });
    return codes;
  };

  const loadIndex = async (element) => {
    const answer = await fetch(element.dataset.index);
    if (!answer.ok) throw new Error(String(answer.status));
    const packed = await answer.json();
    const codes = decodeCodes(packed.codes), places = new Map();
    let lon = 0, lat = 0;
    codes.forEach((code, rank) => {
      const known = packed.lon[rank] !== null;
      if (known) { lon += packed.lon[rank]; lat += packed.lat[rank]; }
      places.set(code, { code, name: packed.names[rank], lon: known ? lon / 1000 : null, lat: known ? lat / 1000 : null, population: packed.population[rank] });
    });
    return places;
  };

  const hatch = (element, size = 16) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    const pen = canvas.getContext("2d");
    pen.fillStyle = css(element, "--rl-card");
    pen.fillRect(0, 0, size, size);
    pen.strokeStyle = css(element, "--rl-edge");
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1.4;
    for (const shift of [-size, 0, size]) { pen.beginPath(); pen.moveTo(shift - 2, size + 2); pen.lineTo(shift + size + 2, -2); pen.stroke(); }
    return pen.getImageData(0, 0, size, size);
  };

  const state = (name) => ["feature-state", name];
  const fillColour = (element, ramp) => {
    const pairs = [];
    for (let k = 0; ; k += 1) { const value = css(element, `--rl-ramp-${ramp}-${k}`); if (!value) break; pairs.push(k, value); }
    const empty = css(element, "--rl-card");
    return pairs.length ? ["match", ["coalesce", state("k"), -2], ...pairs, empty] : empty;
  };
  const marked = ["boolean", state("on"), false], hovered = ["boolean", state("over"), false];

  /* Many communes outlined at once are outlined thinly, or the lines would hide the colours. */
  const focusWidth = (many) => ["interpolate", ["linear"], ["zoom"], 6, ["case", marked, many ? 0.9 : 2, 1.4], 10, ["case", marked, many ? 1.6 : 4, 2.4]];

  const styleOf = (element, source, ramp, points) => {
    const ink = css(element, "--rl-ink"), edge = css(element, "--rl-map-border"), outline = css(element, "--rl-map-outline");
    const common = points ? { source: "communes" } : { source: "communes", "source-layer": "communes" };
    const ground = { id: "ground", type: "background", paint: { "background-color": css(element, "--rl-map-sea") } };
    const sources = { communes: source };
    if (points) {
      return { version: 8, sources, layers: [ground, { id: "communes", type: "circle", ...common, paint: {
        "circle-color": fillColour(element, ramp),
        "circle-radius": ["interpolate", ["exponential", 1.6], ["zoom"], 4, 1.3, 8, 4, 11, 10],
        "circle-stroke-color": ["case", marked, ink, hovered, ink, edge],
        "circle-stroke-width": ["case", marked, 3, hovered, 2, 0.3],
      } }] };
    }
    return { version: 8, sources, layers: [
      ground,
      { id: "communes", type: "fill", ...common, paint: { "fill-color": fillColour(element, ramp), "fill-antialias": false } },
      { id: "unknown", type: "fill", ...common, paint: { "fill-pattern": "hatch", "fill-opacity": ["case", ["==", ["coalesce", state("k"), -2], -1], 1, 0] } },
      { id: "borders", type: "line", ...common, layout: { "line-join": "round" }, minzoom: 7.4, paint: { "line-color": edge, "line-width": ["interpolate", ["linear"], ["zoom"], 7.4, 0.2, 9, 0.6, 12, 1.2] } },
      { id: "departements", type: "line", source: "communes", "source-layer": "departements", layout: { "line-join": "round" }, paint: { "line-color": outline, "line-width": ["interpolate", ["linear"], ["zoom"], 4, 0.5, 8, 1.2, 11, 2.2] } },
      { id: "focus", type: "line", minzoom: 6, ...common, layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": ink, "line-opacity": ["case", marked, 1, hovered, 1, 0], "line-width": focusWidth(false) } },
    ] };
  };

  const labelCount = (width) => Math.round(Math.min(22, Math.max(7, width / 46)));
  /* Far away only cities are named: a country of labels hides the country. */
  const leastPeople = (zoom) => (zoom < 5.6 ? 110_000 : zoom < 6.6 ? 45_000 : zoom < 7.6 ? 15_000 : zoom < 8.6 ? 4_000 : 0);
  const placeLabels = (map, ordered, shown, taken) => {
    const wanted = new Map(), boxes = taken(), bounds = map.getBounds();
    const width = map.getContainer().clientWidth, height = map.getContainer().clientHeight, most = labelCount(width), least = leastPeople(map.getZoom());
    for (const place of ordered) {
      if (wanted.size >= most || place.population < least) break;
      if (place.lon < bounds.getWest() || place.lon > bounds.getEast() || place.lat < bounds.getSouth() || place.lat > bounds.getNorth()) continue;
      const p = map.project([place.lon, place.lat]), half = place.name.length * 3.7 + 8;
      const box = [p.x - half, p.y - 11, p.x + half, p.y + 11];
      if (box[0] < 0 || box[1] < 0 || box[2] > width || box[3] > height) continue;
      const air = map.getZoom() < 7 ? 26 : 10;
      if (boxes.some((other) => box[0] - air < other[2] && box[2] + air > other[0] && box[1] - air < other[3] && box[3] + air > other[1])) continue;
      boxes.push(box);
      wanted.set(place.code, place);
    }
    shown.forEach((marker, code) => { if (!wanted.has(code)) { marker.remove(); shown.delete(code); } });
    wanted.forEach((place, code) => {
      if (shown.has(code)) return;
      const element = document.createElement("span");
      element.className = "rl-map-label";
      element.textContent = place.name;
      element.setAttribute("aria-hidden", "true");
      shown.set(code, new window.maplibregl.Marker({ element }).setLngLat([place.lon, place.lat]).addTo(map));
    });
  };

  const popupOf = (site) => {
    const box = document.createElement("div");
    box.className = "rl-map-popup";
    const title = document.createElement("strong");
    title.textContent = site.name;
    box.append(title);
    (site.lines || []).forEach((line) => { const p = document.createElement("p"); p.textContent = line; box.append(p); });
    if (site.href) { const link = document.createElement("a"); link.href = site.href; link.textContent = "Voir ce lieu"; box.append(link); }
    return box;
  };

  const pinOf = (site) => {
    const element = document.createElement("button");
    element.type = "button";
    element.className = `rl-map-pin${site.kind ? ` rl-map-pin-${site.kind}` : ""}`;
    element.setAttribute("aria-label", site.kind === "proposed" ? `Lieu envisagé : ${site.name}` : `Lieu : ${site.name}`);
    return element;
  };

  const locale = {
    "Map.Title": "Carte", "Popup.Close": "Fermer", "Marker.Title": "Repère", "NavigationControl.ZoomIn": "Agrandir", "NavigationControl.ZoomOut": "Réduire",
    "CooperativeGesturesHandler.WindowsHelpText": "Ctrl + molette pour zoomer", "CooperativeGesturesHandler.MacHelpText": "⌘ + molette pour zoomer", "CooperativeGesturesHandler.MobileHelpText": "Deux doigts pour déplacer la carte",
  };

  const franceMap = async (element, options = {}) => {
    const canvas = element.querySelector("[data-map-canvas]") || element;
    const [places] = await Promise.all([loadIndex(element), loadLibrary(element)]);
    const points = !element.dataset.tiles;
    const source = points
      ? { type: "geojson", data: { type: "FeatureCollection", features: [...places.values()].filter((p) => p.lon !== null).map((p) => ({ type: "Feature", id: idOf(p.code), properties: {}, geometry: { type: "Point", coordinates: [p.lon, p.lat] } })) } }
      : { type: "vector", tiles: [new URL(element.dataset.tiles, window.location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}")], minzoom: Number(element.dataset.minZoom), maxzoom: Number(element.dataset.maxZoom) };
    const target = points ? { source: "communes" } : { source: "communes", sourceLayer: "communes" };
    let ramp = options.ramp || "threshold", breaks = [], opened = null;
    const classes = new Map(), selection = new Set(), pins = [], labels = new Map();
    const box = (options.box || element.dataset.box || "-5.2,41.3,9.6,51.1").toString().split(",").map(Number);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = new window.maplibregl.Map({
      container: canvas, style: styleOf(canvas, source, ramp, points), bounds: box, fitBoundsOptions: { padding: 8 }, minZoom: points ? 3 : Number(element.dataset.minZoom), maxZoom: 13, locale,
      attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, renderWorldCopies: false, fadeDuration: 0,
      cooperativeGestures: options.cooperative ?? window.matchMedia("(pointer: coarse)").matches,
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new window.maplibregl.NavigationControl({ showCompass: false }));
    map.on("styleimagemissing", (event) => { if (event.id === "hatch" && !map.hasImage("hatch")) map.addImage("hatch", hatch(canvas), { pixelRatio: 2 }); });
    await new Promise((resolve, reject) => {
      map.once("load", resolve);
      map.once("error", (event) => { if (!map.loaded()) reject(event.error); });
    });

    const ordered = [...places.values()].filter((place) => place.lon !== null && place.population).sort((one, other) => other.population - one.population);
    const pinBoxes = () => pins.map((pin) => { const p = map.project(pin.getLngLat()); return [p.x - 14, p.y - 34, p.x + 14, p.y + 4]; });
    const label = () => placeLabels(map, ordered, labels, pinBoxes);
    const paint = (code, k) => { classes.set(code, k); map.setFeatureState({ ...target, id: idOf(code) }, { k: k === null ? -1 : k }); };
    const classFor = (value) => { if (value === null || value === undefined || Number.isNaN(value)) return null; let k = 0; while (k < breaks.length && value >= breaks[k]) k += 1; return k; };
    const recolour = () => map.setPaintProperty("communes", points ? "circle-color" : "fill-color", fillColour(canvas, ramp));
    const flag = (code, name, value) => map.setFeatureState({ ...target, id: idOf(code) }, { [name]: value });
    const placeOf = (code) => places.get(code) || null;
    let over = null;
    const hover = (code) => {
      if (code === over) return;
      if (over) flag(over, "over", false);
      over = code;
      if (over) flag(over, "over", true);
      options.onHover?.(over ? placeOf(over) : null);
    };
    const under = (event) => { const [found] = map.queryRenderedFeatures(event.point, { layers: ["communes"] }); return found ? codeOf(Number(found.id)) : null; };
    let asked = null;
    map.on("mousemove", (event) => { if (asked) cancelAnimationFrame(asked); asked = requestAnimationFrame(() => { const code = under(event); map.getCanvas().style.cursor = code ? "pointer" : ""; hover(code); }); });
    map.on("mouseout", () => { if (asked) cancelAnimationFrame(asked); hover(null); });
    map.on("click", (event) => { const code = under(event); const place = code && placeOf(code); if (place) options.onCommune?.({ ...place, lon: event.lngLat.lng, lat: event.lngLat.lat }); });
    map.on("moveend", label);
    map.on("resize", label);
    const restyle = () => {
      const style = styleOf(canvas, source, ramp, points);
      if (!points) style.layers.find((layer) => layer.id === "focus").paint["line-width"] = focusWidth(selection.size > 12);
      style.layers.forEach((layer) => Object.entries(layer.paint).forEach(([name, value]) => map.setPaintProperty(layer.id, name, value)));
      if (map.hasImage("hatch")) map.updateImage("hatch", hatch(canvas));
    };
    document.addEventListener("releve:theme", restyle);
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", restyle);
    label();

    const api = {
      gl: map, places,
      setValues: (codes, values, cuts, choice = {}) => { breaks = [...cuts]; api.setClasses(codes, values.map(classFor), choice); },
      updateValues: (codes, values) => codes.forEach((code, rank) => paint(code, classFor(values[rank]))),
      setClasses: (codes, chosen, choice = {}) => {
        const named = new Set(codes);
        [...classes.keys()].forEach((code) => { if (!named.has(code)) { classes.delete(code); map.removeFeatureState({ ...target, id: idOf(code) }, "k"); } });
        codes.forEach((code, rank) => paint(code, chosen[rank] ?? null));
        if (choice.ramp && choice.ramp !== ramp) { ramp = choice.ramp; recolour(); }
      },
      setSites: (sites) => {
        pins.splice(0).forEach((pin) => pin.remove());
        sites.forEach((site) => {
          const popup = new window.maplibregl.Popup({ offset: 30, maxWidth: "280px", focusAfterOpen: true }).setDOMContent(popupOf(site));
          popup.on("open", () => { if (opened && opened !== popup) opened.remove(); opened = popup; });
          const element = pinOf(site);
          /* The library opens on a key press and closes on the click that the same key sends: the button decides alone. */
          element.addEventListener("keypress", (event) => event.stopImmediatePropagation());
          const pin = new window.maplibregl.Marker({ element, anchor: "bottom" }).setLngLat([site.lon, site.lat]).setPopup(popup).addTo(map);
          element.addEventListener("click", (event) => { event.stopPropagation(); pin.togglePopup(); });
          pins.push(pin);
        });
        label();
      },
      fitTo: (what, choice = {}) => {
        let around = what;
        if (typeof what[0] === "string") {
          const found = what.map(placeOf).filter((place) => place && place.lon !== null);
          if (!found.length) return;
          const margin = 0.06;
          around = [Math.min(...found.map((p) => p.lon)) - margin, Math.min(...found.map((p) => p.lat)) - margin, Math.max(...found.map((p) => p.lon)) + margin, Math.max(...found.map((p) => p.lat)) + margin];
        }
        map.fitBounds(around, { padding: 24, maxZoom: choice.maxZoom ?? 10, animate: !still });
      },
      mark: (codes) => { selection.forEach((code) => flag(code, "on", false)); selection.clear(); codes.forEach((code) => { selection.add(code); flag(code, "on", true); }); if (!points) map.setPaintProperty("focus", "line-width", focusWidth(selection.size > 12)); },
      select: (code) => api.mark(code ? [code] : []),
      classOf: (code) => classes.get(code) ?? null,
      nameOf: (code) => placeOf(code)?.name || "",
      placeOf,
      search: (text, limit = 8) => {
        const plain = (word) => word.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
        const wanted = plain(text);
        if (!wanted) return [];
        const starts = [], holds = [];
        for (const place of ordered) {
          const name = plain(place.name);
          if (name.startsWith(wanted)) starts.push(place); else if (name.includes(wanted)) holds.push(place);
          if (starts.length >= limit) break;
        }
        return [...starts, ...holds].slice(0, limit);
      },
      destroy: () => { document.removeEventListener("releve:theme", restyle); dark.removeEventListener("change", restyle); map.remove(); },
    };
    return api;
  };

  window.releve = Object.assign(window.releve || {}, { franceMap, decodeCodes });
})();
