/* A map drawn from our own contours, loaded only when asked for. Names are HTML markers: no glyph or tile server. */
(() => {
  "use strict";
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--rl-${name}`).trim();
  const load = (holder) => new Promise((resolve, reject) => {
    if (window.maplibregl) { resolve(); return; }
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = holder.dataset.mapCss;
    const script = document.createElement("script");
    script.src = holder.dataset.mapJs;
    script.addEventListener("load", () => { window.maplibregl.setWorkerUrl(holder.dataset.mapWorker); resolve(); });
    script.addEventListener("error", reject);
    document.head.append(sheet, script);
  });
  const style = (shapes, home) => ({
    version: 8,
    sources: { communes: { type: "geojson", data: shapes } },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colour("sunk") } },
      { id: "communes", type: "fill", source: "communes", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": ["case", ["==", ["get", "code"], home], colour("pine-soft"), colour("card")] } },
      /* A commune whose contour is unknown is a dot. */
      { id: "points", type: "circle", source: "communes", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 3.5, "circle-color": colour("card"), "circle-stroke-color": colour("edge"), "circle-stroke-width": 1 } },
      { id: "bounds", type: "line", source: "communes", filter: ["==", ["geometry-type"], "Polygon"], paint: { "line-color": colour("edge"), "line-width": 0.8, "line-opacity": 0.7 } },
    ],
  });
  const bounds = (coordinates, box) => {
    if (typeof coordinates[0] === "number") {
      box[0] = Math.min(box[0], coordinates[0]); box[1] = Math.min(box[1], coordinates[1]);
      box[2] = Math.max(box[2], coordinates[0]); box[3] = Math.max(box[3], coordinates[1]);
    } else coordinates.forEach((part) => bounds(part, box));
    return box;
  };
  const marker = (map, text, css, lngLat) => {
    const element = document.createElement("span");
    element.className = css;
    element.textContent = text;
    return new window.maplibregl.Marker({ element, anchor: css === "rl-map-place" ? "bottom" : "center", offset: css === "rl-map-place" ? [0, -8] : [0, 10] }).setLngLat(lngLat).addTo(map);
  };
  /* Names of communes appear from the largest on, and only where they do not cover another. */
  const placeNames = (map, names) => {
    names.forEach((name) => { if (name.marker) { name.marker.remove(); name.marker = null; } });
    const width = map.getContainer().clientWidth, height = map.getContainer().clientHeight;
    const taken = names.fixed.map((at) => { const p = map.project(at); return [p.x - 110, p.y - 40, p.x + 110, p.y + 8]; });
    names.forEach((name) => {
      const p = map.project(name.at), half = name.text.length * 3.6 + 6;
      const box = [p.x - half, p.y, p.x + half, p.y + 20];
      if (box[0] < 0 || box[1] < 0 || box[2] > width || box[3] > height) return;
      if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) return;
      taken.push(box);
      name.marker = marker(map, name.text, "rl-map-name", name.at);
    });
  };
  const show = async (holder) => {
    const button = holder.querySelector("[data-map-open]");
    button.setAttribute("aria-busy", "true");
    try {
      const [answer] = await Promise.all([fetch(holder.dataset.map, { headers: { Accept: "application/json" } }), load(holder)]);
      if (!answer.ok) throw new Error(String(answer.status));
      const data = await answer.json();
      const canvas = document.createElement("div");
      canvas.className = "rl-map-canvas";
      canvas.setAttribute("role", "region");
      canvas.setAttribute("aria-label", holder.dataset.mapLabel || "Carte");
      button.replaceWith(canvas);
      const here = [data.site.lon, data.site.lat];
      const map = new window.maplibregl.Map({ container: canvas, style: style(data.shapes, data.site.code), center: here, zoom: 9.8, minZoom: 7.5, maxZoom: 13, attributionControl: false, cooperativeGestures: true, dragRotate: false, pitchWithRotate: false,
        locale: { "CooperativeGesturesHandler.WindowsHelpText": "Ctrl + molette pour zoomer", "CooperativeGesturesHandler.MacHelpText": "⌘ + molette pour zoomer", "CooperativeGesturesHandler.MobileHelpText": "Deux doigts pour déplacer la carte", "NavigationControl.ZoomIn": "Agrandir", "NavigationControl.ZoomOut": "Réduire", "AttributionControl.ToggleAttribution": "Sources" } });
      map.addControl(new window.maplibregl.NavigationControl({ showCompass: false }));
      marker(map, data.site.name, "rl-map-place", here);
      const dot = document.createElement("span");
      dot.className = "rl-map-dot";
      new window.maplibregl.Marker({ element: dot }).setLngLat(here).addTo(map);
      const names = (data.shapes.features || [])
        .filter((feature) => feature.properties?.name)
        .map((feature) => { const p = feature.properties; const box = bounds(feature.geometry.coordinates, [180, 90, -180, -90]);
          return { text: p.name, weight: p.population || (box[2] - box[0]), at: p.lon != null ? [p.lon, p.lat] : [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] }; })
        .sort((one, other) => other.weight - one.weight);
      names.fixed = [here];
      map.on("load", () => placeNames(map, names));
      map.on("moveend", () => placeNames(map, names));
      document.addEventListener("releve:theme", () => map.setStyle(style(data.shapes, data.site.code)));
    } catch {
      button.removeAttribute("aria-busy");
      window.releve?.showToast("La carte n’a pas pu être chargée. L’adresse et l’itinéraire restent affichés.", "warning");
    }
  };
  document.addEventListener("click", (event) => { const button = event.target.closest?.("[data-map-open]"); if (button) show(button.closest("[data-map]")); });
})();
