"""The looks of objloc's pages: their style sheet, for light and dark and any width."""

SERIES = {
    "series-1": "#0072b2",
    "series-2": "#d55e00",
    "series-3": "#009e73",
    "series-4": "#cc79a7",
    "series-5": "#8a6d00",
    "series-6": "#56b4e9",
    "series-7": "#7a5195",
    "series-8": "#595959",
}
"""Colours of a drawing's series by the name of their CSS variable, as they are on light pages.

A drawing that says `var(--series-1)` in place of the colour is legible on dark pages too. The first
ones are Okabe and Ito's, which colour-blind people tell apart.
"""

_LIGHT_SERIES = " ".join(f"--{name}: {colour};" for name, colour in SERIES.items())

STYLE = """
:root {
  --ink: #1c2128; --quiet: #59636e; --paper: #ffffff; --panel: #f6f8fa; --line: #d8dee4;
  --link: #0b62a8; --heat: 0 114 178;
  LIGHT_SERIES
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e8eb; --quiet: #9aa4b0; --paper: #14171c; --panel: #1c2128; --line: #363d47;
    --link: #7cbcf2; --heat: 86 160 220;
    --series-1: #56b4e9; --series-2: #ff9d4d; --series-3: #2fc79a; --series-4: #e5a3c6;
    --series-5: #d9c04a; --series-6: #a5d8f5; --series-7: #b79ad0; --series-8: #b5b5b5;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 76rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 2.2em 0 .5em; text-wrap: balance; }
h1 { font-size: 1.9rem; margin: 0; }
h2 { font-size: 1.4rem; padding-bottom: .25em; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.1rem; }
h4, h5, h6 { font-size: 1rem; }
p { max-width: 46rem; margin: .6em 0; }
.subtitle, figcaption, caption { color: var(--quiet); }
.subtitle { margin-top: .3rem; }
a { color: var(--link); }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; margin-top: 1rem; font-size: .92rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .92rem; overflow-wrap: normal; }
caption { text-align: left; padding-bottom: .4rem; font-size: .88rem; }
th, td { padding: .35rem .75rem; text-align: left; vertical-align: top; }
th { font-weight: 600; white-space: nowrap; border-bottom: 2px solid var(--line); }
td { border-bottom: 1px solid var(--line); max-width: 30rem; }
td:first-child { min-width: 5rem; }
td.sentence { min-width: 18rem; }
th.number, td.number {
  text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
}
td[style] { background: rgb(var(--heat) / calc(var(--shade) * .6)); }
figure { margin: 0; }
figcaption { font-size: .88rem; margin-top: .35rem; }
.drawing { margin: 1.2rem 0; }
.drawing svg { display: block; max-width: 100%; height: auto; color: var(--ink); }
.drawing figcaption { max-width: 46rem; }
.film { margin: 1.2rem 0; }
.film img { display: block; max-width: 100%; height: auto; border-radius: 4px; }
.film figcaption { max-width: 46rem; }
.pictures {
  display: grid; gap: 1.1rem .9rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr));
}
.pictures img {
  display: block; width: 100%; height: auto; max-height: 26rem; object-fit: contain;
  background: var(--panel); border-radius: 4px;
}
details {
  margin: 1rem 0; padding: .5rem .9rem; border: 1px solid var(--line); border-radius: 6px;
}
summary { cursor: pointer; font-weight: 600; }
@media print { body { max-width: none; padding: 0; } .scroll { overflow: visible; } }
""".replace("LIGHT_SERIES", _LIGHT_SERIES)
