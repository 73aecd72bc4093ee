/* The point of a site: a marker to drag over our own contours. Latitude and longitude fields say the same thing. */
(() => {
  "use strict";
  const box = document.getElementById("site-map");
  const lat = document.getElementById("id_lat");
  const lon = document.getElementById("id_lon");
  if (!box || !lat || !lon || !window.maplibregl) return;
  const point = () => [parseFloat(lon.value), parseFloat(lat.value)];
  if (point().some(Number.isNaN)) return;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const empty = { type: "FeatureCollection", features: [] };
  box.hidden = false;
  maplibregl.setWorkerUrl(box.dataset.worker);
  let map;
  try {
    map = new maplibregl.Map({
      container: box, center: point(), zoom: 11, attributionControl: false, cooperativeGestures: true,
      locale: {
        "CooperativeGesturesHandler.WindowsHelpText": "Ctrl + molette pour agrandir le plan",
        "CooperativeGesturesHandler.MacHelpText": "⌘ + molette pour agrandir le plan",
        "CooperativeGesturesHandler.MobileHelpText": "Deux doigts pour déplacer le plan",
        "NavigationControl.ZoomIn": "Agrandir", "NavigationControl.ZoomOut": "Réduire",
        "Map.Title": "Plan", "Marker.Title": "Repère du lieu",
      },
      style: {
        version: 8,
        sources: { contours: { type: "geojson", data: empty } },
        layers: [
          { id: "paper", type: "background", paint: { "background-color": colour("--rl-sunk") } },
          { id: "ground", type: "fill", source: "contours", paint: { "fill-color": colour("--rl-card") } },
          /* A commune whose outline is unknown is a dot, as on the public map. */
          { id: "dots", type: "circle", source: "contours", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 4, "circle-color": colour("--rl-card"), "circle-stroke-color": colour("--rl-edge"), "circle-stroke-width": 1.5 } },
          { id: "border", type: "line", source: "contours", paint: { "line-color": colour("--rl-edge"), "line-width": 1 } },
        ],
      },
    });
  } catch { box.hidden = true; return; } /* no WebGL: the fields remain */
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  const marker = new maplibregl.Marker({ draggable: true, color: colour("--rl-apricot") }).setLngLat(point()).addTo(map);
  marker.on("dragend", () => {
    const { lng, lat: north } = marker.getLngLat();
    lat.value = north.toFixed(6);
    lon.value = lng.toFixed(6);
  });
  [lat, lon].forEach((field) => field.addEventListener("change", () => {
    if (point().some(Number.isNaN)) return;
    marker.setLngLat(point());
    map.easeTo({ center: point() });
  }));
  fetch(box.dataset.contours).then((answer) => (answer.ok ? answer.json() : empty)).then((shapes) => {
    const show = () => map.getSource("contours").setData(shapes);
    if (map.isStyleLoaded()) show(); else map.once("load", show);
    /* Dots alone say little: the largest communes carry their name. */
    (shapes.features || []).filter((f) => f.geometry?.type === "Point" && f.properties?.name)
      .sort((one, other) => (other.properties.population || 0) - (one.properties.population || 0)).slice(0, 10)
      .forEach((f) => {
        const name = document.createElement("span");
        name.className = "rl-site-map-name";
        name.textContent = f.properties.name;
        new maplibregl.Marker({ element: name, anchor: "top" }).setLngLat(f.geometry.coordinates).addTo(map);
      });
  }).catch(() => {});
})();
