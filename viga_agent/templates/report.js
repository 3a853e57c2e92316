for (const compare of document.querySelectorAll(".compare")) {
  const slider = compare.querySelector(".slider");
  const buttons = [...compare.querySelectorAll("button")];
  const place = (share) => slider.style.setProperty("--at", share + "%");
  const choose = (button) => {
    for (const side of ["left", "right"]) {
      const source = document.getElementById(button.dataset[side]);
      const image = slider.querySelector("." + side);
      image.src = source.src;
      image.alt = source.alt;
    }
    buttons.forEach((other) => other.setAttribute("aria-pressed", other === button));
  };
  buttons.forEach((button) => button.addEventListener("click", () => choose(button)));
  slider.querySelector("input").addEventListener("input", (event) => place(event.target.value));
  choose(buttons.find((button) => button.getAttribute("aria-pressed") === "true"));
  place(50);
  compare.hidden = false;
}
