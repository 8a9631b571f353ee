// Colours of the style sheet, for what is drawn on a canvas.

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const DARK = matchMedia('(prefers-color-scheme: dark)');

/** Calls `redraw` when light and dark change; the result stops that. */
export function onTheme(redraw: () => void): () => void {
  DARK.addEventListener('change', redraw);
  return () => DARK.removeEventListener('change', redraw);
}
