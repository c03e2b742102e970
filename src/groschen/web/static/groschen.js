// Small behaviours of every page. Pages read fine without it.
"use strict";

(() => {
  const toggle = document.querySelector(".gr-toggle");
  const side = document.getElementById("side");

  function show(open) {
    toggle.setAttribute("aria-expanded", String(open));
    side.toggleAttribute("data-collapsed", !open);
  }

  if (toggle && side) {
    show(false);
    toggle.addEventListener("click", () => show(side.hasAttribute("data-collapsed")));
  }

  // A table that is wider than its frame scrolls in it; then the keyboard must reach the frame.
  const frames = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const scrolls = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
      for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", target.dataset.label]]) {
        if (scrolls) target.setAttribute(name, value);
        else target.removeAttribute(name);
      }
    }
  });
  document.querySelectorAll(".gr-frame").forEach((frame) => frames.observe(frame));

  const menus = [...document.querySelectorAll("details.gr-menu")];

  function closeMenus(except) {
    for (const menu of menus) if (menu !== except) menu.open = false;
  }

  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.gr-menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = menus.find((menu) => menu.open);
    closeMenus(null);
    open?.querySelector("summary").focus();
  });
})();
