/* global document, getComputedStyle, innerWidth */
// Runs in the page: by how much it is wider than the window, and elements that hide a part of what is in them.
(() => {
  const found = [];
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) found.push(`the page is ${wide} pixels too wide`);
  for (const element of document.querySelectorAll('header *, main :not(i)')) {
    if (!element.checkVisibility() || element.clientWidth === 0) continue;
    // What has a scroll bar hides nothing; a field to type into scrolls.
    const { overflowX } = getComputedStyle(element);
    if (overflowX !== 'hidden' && overflowX !== 'clip') continue;
    if (element.scrollWidth > element.clientWidth + 1) found.push(`${element.tagName}.${element.className}`);
  }
  return found;
})();
