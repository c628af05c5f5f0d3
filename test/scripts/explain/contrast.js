/* global document, getComputedStyle, NodeFilter */
// Runs in the page: each text whose contrast with what is behind it is too low.
(() => {
  const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) =>
    [r, g, b]
      .map((value) => value / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
  const background = (element) => {
    for (let up = element; up !== null; up = up.parentElement) {
      const [r, g, b, alpha = 1] = channels(getComputedStyle(up).backgroundColor);
      if (alpha === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  // Texts in elements of the same kind in the same place look the same, and a record has thousands of bytes.
  const kind = (element) =>
    [element, element.parentElement, element.parentElement?.parentElement]
      .map((one) => `${one?.tagName}.${one?.className} ${one?.ariaSelected} ${one?.ariaCurrent}`)
      .join(' in ');
  const looked = new Set();
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === '' || element.closest('script, svg, :disabled') !== null) continue;
    if (looked.has(kind(element)) || !element.checkVisibility()) continue;
    looked.add(kind(element));
    const style = getComputedStyle(element);
    const [one, other] = [luminance(channels(style.color)), luminance(background(element))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if ((one + 0.05) / (other + 0.05) < (isLarge ? 3 : 4.5)) {
      found.add(`${element.tagName}.${element.className}: ${style.color} on ${background(element).join()}`);
    }
  }
  return [...found];
})();
