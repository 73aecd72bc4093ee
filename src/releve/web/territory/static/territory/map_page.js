/* The page /carte/: its layer, its panel and its search. The server stays the only one to write words: a new layer is the
   same page fetched again, of which the legend is taken. */
(() => {
  "use strict";
  const start = async () => {
    const facts = document.querySelector("[data-map-page]"), element = document.querySelector("[data-france-map]");
    if (!facts || !element) return;
    document.querySelector("[data-map-plain]")?.remove();
    const panel = document.querySelector("[data-map-panel]"), form = document.querySelector("[data-map-form]"), select = form.elements.couche;
    const hover = element.querySelector("[data-map-hover]");
    const marked = JSON.parse(document.getElementById("carte-territoire").textContent);
    let layer = null, values = new Map(), chosen = null, map = null;
    const french = (value) => {
      if (value === undefined || value === null) return layer.missing;
      if (layer.words.length) return layer.words[value];
      const text = new Intl.NumberFormat("fr-FR", { minimumFractionDigits: layer.decimals, maximumFractionDigits: layer.decimals, signDisplay: layer.signed ? "exceptZero" : "auto" }).format(value);
      return text;
    };
    const fetchJson = async (url) => { const answer = await fetch(url, { headers: { Accept: "application/json" } }); if (!answer.ok) throw new Error(String(answer.status)); return answer.json(); };
    const swatch = (code) => { const span = document.createElement("span"), k = map.classOf(code); span.className = `rl-swatch rl-swatch-${k === null ? "none" : `${layer.ramp}-${k}`}`; span.setAttribute("aria-hidden", "true"); return span; };
    const link = (href, text, css) => { const a = document.createElement("a"); a.href = href; a.textContent = text; a.className = css; return a; };
    const show = (place) => {
      chosen = place;
      const card = document.createElement("div"), title = document.createElement("h2"), figure = document.createElement("p"), links = document.createElement("p");
      card.className = "rl-card rl-fmap-place";
      title.textContent = place.name;
      figure.className = "rl-fmap-value";
      const strong = document.createElement("strong");
      strong.textContent = french(values.get(place.code));
      figure.append(swatch(place.code), strong, ` ${layer.unit && values.get(place.code) != null ? layer.unit : ""}`);
      const people = document.createElement("p");
      people.className = "rl-soft";
      people.textContent = place.population ? `${new Intl.NumberFormat("fr-FR").format(place.population)} habitants` : "";
      links.className = "rl-fmap-links";
      links.append(link(facts.dataset.diagnosis.replace("00000", place.code), "Lire le diagnostic", "btn btn-primary"), link(`${facts.dataset.table}?q=${place.code}&couche=${layer.key}`, "Dans le tableau", "btn btn-outline-primary"));
      card.append(title, people, figure, links);
      panel.replaceChildren(card);
      map.select(place.code);
    };
    const over = (place) => {
      hover.hidden = !place;
      if (place) { const value = values.get(place.code); hover.replaceChildren(swatch(place.code), `${place.name}\u00a0: ${french(value)}`); }
    };
    const fetchLayer = (key) => fetchJson(facts.dataset.layerPattern.replace("COUCHE", key));
    const load = async (answer) => {
      const next = await answer;
      const codes = window.releve.decodeCodes(next.codes);
      layer = next;
      values = new Map(codes.map((code, rank) => [code, next.values[rank]]));
      map.setValues(codes, next.values, next.breaks, { ramp: next.ramp });
      if (chosen) show(chosen);
    };
    const changeLayer = async () => {
      const key = select.value, url = new URL(window.location.href);
      url.searchParams.set("couche", key);
      try {
        const [page] = await Promise.all([fetch(url).then((answer) => answer.text()), load(fetchLayer(key))]);
        const fresh = new DOMParser().parseFromString(page, "text/html");
        document.querySelector("[data-map-side]").replaceWith(fresh.querySelector("[data-map-side]"));
        document.title = fresh.title;
        document.querySelectorAll("[data-map-table]").forEach((a) => { a.href = `${facts.dataset.table}?couche=${key}`; });
        history.replaceState(null, "", url);
      } catch { window.releve.showToast?.("Cette carte n’a pas pu être chargée. La précédente reste affichée.", "warning"); }
    };
    const search = form.querySelector("[data-map-search]"), list = form.querySelector("[data-combobox-list]"), twin = form.querySelector("[data-map-search-code]");
    const suggest = () => {
      const found = search.value.trim().length > 1 ? map.search(search.value) : [];
      const box = document.createElement("ul");
      box.setAttribute("role", "listbox");
      box.setAttribute("aria-label", "Communes proposées");
      found.forEach((place) => {
        const option = document.createElement("li"), name = document.createElement("span"), more = document.createElement("span");
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.id = `carte-${place.code}`;
        option.dataset.value = place.name;
        option.dataset.code = place.code;
        name.textContent = place.name;
        more.className = "rl-soft";
        more.textContent = `${place.code} · ${new Intl.NumberFormat("fr-FR").format(place.population)} hab.`;
        option.append(name, " ", more);
        box.append(option);
      });
      list.replaceChildren(...(found.length ? [box] : []));
      list.dispatchEvent(new Event("htmx:afterSwap"));
    };
    const goTo = (place) => { map.fitTo([place.code], { maxZoom: 10 }); show(place); };
    try {
      element.setAttribute("aria-busy", "true");
      const first = fetchLayer(facts.dataset.layer);
      [map] = await Promise.all([window.releve.franceMap(element, { onCommune: show, onHover: over }), first]);
      await load(first);
      if (marked.length) { map.mark(marked); map.fitTo(marked); if (marked.length === 1) { const place = map.placeOf(marked[0]); if (place) show(place); } }
      const sites = await fetchJson(facts.dataset.sites);
      map.setSites(sites.map((site) => ({ ...site, href: facts.dataset.site.replace("slug", site.slug) })));
      document.querySelectorAll("[data-map-view]").forEach((button) => button.addEventListener("click", () => map.fitTo(button.dataset.mapView.split(",").map(Number))));
      select.addEventListener("change", changeLayer);
      form.addEventListener("submit", (event) => { event.preventDefault(); const [first] = map.search(search.value, 1); if (first) goTo(first); else if (search.value.trim()) window.releve.showToast?.("Aucune commune ne porte ce nom.", "warning"); });
      form.querySelector("[data-map-submit]").textContent = "Y aller";
      search.addEventListener("input", suggest);
      twin.addEventListener("change", () => { const place = map.placeOf(twin.value); if (place) goTo(place); });
      window.releve.theMap = map;
      element.dataset.ready = "yes";
    } catch {
      element.dataset.ready = "no";
      element.classList.add("rl-fmap-failed");
      window.releve.showToast?.("La carte n’a pas pu être dessinée. Le tableau donne les mêmes chiffres.", "warning");
    } finally { element.removeAttribute("aria-busy"); }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
