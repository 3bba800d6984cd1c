"""The style sheet of an HTML page: lecture notes on a screen, a telephone or paper."""

from __future__ import annotations


def _listed(size: str) -> str:
    """Return the rules by which a table of that size is a list, a row's cells below each other."""
    table = f"table.{size}"
    return f"""{table}, {table} :is(tbody, tr, th, td) {{ display: block; }}
{table} thead {{ position: absolute; clip-path: inset(50%); }}
{table} tr {{ padding: .35rem .5rem; break-inside: avoid; }}
{table} tr > * {{
  border: 0; padding: .1rem 0 .1rem 1.5rem; text-align: left; min-width: 0;
  overflow-wrap: anywhere; white-space: normal;
}}
{table} tr > :first-child {{ padding-left: 0; }}
{table} tbody tr + tr {{ border-top: 1px solid var(--rule); }}
{table} [data-of]:not(:empty)::before {{
  content: attr(data-of); color: var(--quiet); margin-right: .8em; font-weight: 400;
}}
"""


STYLE = (
    """
:root {
  color-scheme: light dark;
  --paper: #fffdf8; --ink: #22201c; --quiet: #6d675d; --rule: #d9d2c4; --wash: #f5f0e4;
  --value: #1f5a86; --gradient: #a2401f;
  --right: #2c6e2f; --follows: #7a5a00; --wrong: #a61b1b;
  --step: 1rem;
  --shade:
    linear-gradient(90deg, var(--paper) 40%, transparent) left / 2rem 100% no-repeat local,
    linear-gradient(270deg, var(--paper) 40%, transparent) right / 2rem 100% no-repeat local,
    linear-gradient(90deg, var(--rule), transparent) left / .7rem 100% no-repeat scroll,
    linear-gradient(270deg, var(--rule), transparent) right / .7rem 100% no-repeat scroll;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #191a1c; --ink: #e6e2d8; --quiet: #a09a8d; --rule: #3b3b3d; --wash: #232427;
    --value: #8bbfe6; --gradient: #f0a184;
    --right: #8fd18f; --follows: #e0c060; --wrong: #ff9a9a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.55 Charter, "Bitstream Charter", "Iowan Old Style", "Palatino Linotype",
    Palatino, "Source Serif 4", Georgia, C059, serif;
}
main { max-width: 58rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: 2rem; font-weight: 600; margin: 0 0 .75rem; }
h2 {
  font-size: 1.3rem; font-weight: 600; margin: 2.75rem 0 1rem; padding-bottom: .3rem;
  border-bottom: 1px solid var(--rule);
}
h3 { font-size: 1.1rem; font-weight: 600; margin: 2rem 0 .75rem; }
h4 { font-size: 1rem; font-weight: 600; margin: 1.5rem 0 .5rem; }
p { margin: .75rem 0; overflow-wrap: anywhere; }
code {
  font: .82em/1.2 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono",
    monospace;
  color: var(--quiet);
}
p code { display: inline-block; max-width: 100%; }
math {
  font-family: "STIX Two Math", "Cambria Math", "Libertinus Math", "Latin Modern Math",
    "DejaVu Math TeX Gyre", math, serif;
  font-size: 1.08em;
}
mtable.cases mtd { text-align: left; padding-left: 0; padding-right: 1em; }
mtable.lines mtd { text-align: left; padding: 0.1em 0; }
th math { math-style: normal; }
mi.bold, mn.bold { font-weight: bold; }
.blank { border-bottom: 1px solid currentcolor; }
.value { color: var(--value); }
.gradient { color: var(--gradient); }
.right { color: var(--right); }
.follows { color: var(--follows); }
.wrong { color: var(--wrong); }
aside {
  margin: 1rem 0; padding: .5rem 1rem; border-left: 3px solid var(--rule);
  background: var(--wash); color: var(--quiet); font-size: .95em;
}
aside p { margin: .2rem 0; }
.legend { color: var(--quiet); font-size: .9em; }

.equations {
  display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .7rem .35rem;
  align-items: baseline; margin: 1.1rem 0 1.1rem 1.5rem;
}
.equations > .target { text-align: right; white-space: nowrap; }
.equations > .forms { min-width: 0; overflow-x: auto; overflow-y: hidden; padding: .1rem 0; }
.form, .run {
  display: inline-flex; flex-wrap: wrap; align-items: baseline; max-width: 100%;
  row-gap: .15rem;
}
.form { padding-left: calc(2 * var(--step)); margin-block: .15rem; }
.form > :first-child { margin-left: calc(-2 * var(--step)); }
.run { padding-left: var(--step); }
.run > :first-child { margin-left: calc(-1 * var(--step)); }
.run:first-child { padding-left: calc(3 * var(--step)); }
.run:first-child > :first-child { margin-left: calc(-3 * var(--step)); }
.ranges { display: inline-block; color: var(--quiet); padding-left: 1.5em; }
.name { padding-left: 1.5em; color: var(--quiet); font-size: .92em; white-space: nowrap; }

.latex { margin: -.5rem 0 1.1rem 1.5rem; color: var(--quiet); font-size: .8em; }
.latex code {
  display: block; margin: .4rem 0; padding: .3rem .6rem; background: var(--wash);
  overflow-x: auto; white-space: pre; user-select: all; -webkit-user-select: all;
}

figure { margin: 1.1rem 0; }
figcaption { color: var(--quiet); font-size: .95em; margin-bottom: .3rem; }
.scroll { overflow-x: auto; background: var(--shade); }
table { border-collapse: collapse; border-block: 1.5px solid var(--ink); font-size: .95em; }
th, td { padding: .4rem .8rem; text-align: left; vertical-align: baseline; }
thead th { font-weight: 600; border-bottom: 1px solid var(--ink); vertical-align: bottom; }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
tbody th { font-weight: 400; }
th code { font-weight: 400; }
th .under { display: block; font-weight: normal; }
thead th code { display: block; }
.figure { text-align: right; white-space: nowrap; }
.marked { outline: 1.5px solid currentColor; outline-offset: 2px; }
.number {
  font-family: "STIX Two Math", "Cambria Math", "Libertinus Math", "Latin Modern Math",
    "DejaVu Math TeX Gyre", serif;
  font-size: 1.08em; font-variant-numeric: lining-nums tabular-nums;
}
.pad { visibility: hidden; }
.label { white-space: nowrap; }
.prose { min-width: 12rem; }
.work { min-width: 9rem; }
.gap { color: var(--quiet); text-align: center; }
"""
    + _listed("large")
    + """

.picture svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
.picture.broad svg { min-width: 38rem; }
.picture.plot svg { min-width: 30rem; }
.picture.wide svg { max-width: none; }
.picture .paper { fill: none; }

@media (min-width: 52rem) {
  .picture:not(.wide) > .scroll { background: none; }
}
@media screen and (min-width: 64rem) {
  .picture.wide { margin-inline: calc(50% - 50vw + 2rem); }
  .picture.wide svg { max-width: 100%; min-width: 66rem; }
  .presented .picture.wide { margin-inline: 0; }
}
@media (max-width: 52rem) {
  .equations > .forms { background: var(--shade); }
  .picture.broad svg { max-width: none; }
}
@media screen and (max-width: 52rem) {
"""
    + _listed("medium")
    + """}
@media (max-width: 40rem) {
  :root { --step: .5rem; }
  body { font-size: 1rem; }
  main { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.6rem; }
  h2 { font-size: 1.18rem; margin-top: 2.2rem; }
  .equations, .latex { margin-left: 0; }
  .equations math { font-size: .95em; }
  th, td { padding: .35rem .5rem; }
  .prose, .work { min-width: 0; }
  .label { white-space: normal; }
  .blank { max-width: 15em; }
}
@media screen and (max-width: 40rem) {
"""
    + _listed("small")
    + """}
@media print {
  @page { margin: 18mm; }
  :root {
    --paper: #fff; --ink: #000; --quiet: #444; --rule: #bbb; --wash: #fff;
    --value: #1f5a86; --gradient: #a2401f;
  }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  h1, h2, h3, h4, figcaption { break-after: avoid; }
  tr, .target, .forms, aside { break-inside: avoid; }
  .picture svg, .picture.broad svg, .picture.wide svg, .picture.plot svg {
    min-width: 0; max-width: 100%; max-height: 220mm;
  }
  figure.picture { break-inside: avoid; }
  .scroll, .equations > .forms { overflow: visible; background: none; }
  thead { display: table-header-group; }
  .latex { display: none; }
  details::details-content { content-visibility: visible; }
  summary { list-style: none; }
}
"""
)
