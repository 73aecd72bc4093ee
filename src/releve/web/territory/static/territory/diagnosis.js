/* Page of a diagnosis: copies the text to read aloud, and marks in the navigation the section being read. */
(() => {
  "use strict";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const words = [...document.querySelectorAll(`${button.dataset.copy} p`)].map((p) => p.textContent.trim()).join("\n\n");
    try {
      await navigator.clipboard.writeText(words);
      window.releve?.showToast("Le texte est copié\u00a0: collez-le où vous voulez.", "success");
    } catch {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector(button.dataset.copy));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      window.releve?.showToast("Le texte est sélectionné\u00a0: copiez-le avec Ctrl + C.", "info");
    }
  });
  const links = new Map([...document.querySelectorAll(".rl-diag-nav a")].map((a) => [a.hash.slice(1), a]));
  if (!links.size || !("IntersectionObserver" in window)) return;
  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    entries.forEach((entry) => (entry.isIntersecting ? seen.add(entry.target.id) : seen.delete(entry.target.id)));
    const now = [...links.keys()].find((id) => seen.has(id));
    if (!now) return;
    links.forEach((a, id) => (id === now ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current")));
    const bar = links.get(now).closest("ol");
    if (bar.scrollWidth > bar.clientWidth) bar.scrollTo({ left: links.get(now).offsetLeft - bar.clientWidth / 2 + links.get(now).offsetWidth / 2 });
  }, { rootMargin: "-90px 0px -55% 0px" });
  links.forEach((_, id) => { const section = document.getElementById(id); if (section) watch.observe(section); });
})();
