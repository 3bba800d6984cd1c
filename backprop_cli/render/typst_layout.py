"""Typst around a text: its pages, how formulas, tables and pictures are set, and how words are."""

from __future__ import annotations

import re

from ..problems import printable

_SPECIAL = re.compile(r"([\\`*_#$<>@\[\]~=+/-]|(?<=\.)\.|(?<=\d)\.(?=\s|$)|^[;(]|^\.(?=\w))")
"""What is markup in words; a mark at their beginning goes on with the code before it."""
_BLOCK = "#box(width: 0.45em, height: 0.7em, fill: black);"
"""The block that a table's bars are made of; the text's own font draws it too wide."""
PAGE = """#set document(title: {title}, date: none)
#set page(
  paper: "a4", margin: (x: 2.2cm, top: 2.6cm, bottom: 2.4cm), numbering: "1 / 1",
  // The title and the section that a page begins with, but on the first; where a line has no
  // room for both, the section.
  header: context if here().page() > 1 {{
    set text(size: 9pt, fill: luma(35%))
    let top(it) = it.location().page() == here().page() and it.location().position().y < 3.2cm
    let begun(it) = it.location().page() < here().page() or top(it)
    let before = query(heading.where(level: 2)).filter(begun)
    let section = if before.len() > 0 {{ before.last().body }}
    layout(size => {{
      let wide = measure([{words}#h(2em)#section]).width
      let both = wide <= size.width or section == none
      [#if both [{words}] #h(1fr) #section]
    }})
    v(-0.7em)
    line(length: 100%, stroke: 0.4pt + luma(70%))
  }},
)
#set text(size: 10.5pt, font: ("New Computer Modern", "Libertinus Serif"))
#set par(justify: true)
#show heading: set block(above: 1.8em, below: 1.1em)
#show heading: set text(hyphenate: false, overhang: false)
#show heading.where(level: 1): set text(size: 1.25em)
"""
HELPERS = """#set table(stroke: none, inset: (x: 0.625em, y: 0.7em))
#show table: set par(justify: false)
#set math.mat(row-gap: 0.5em)
// A long name may be broken after its marks.
#show raw.where(block: false): it => if it.text.len() < 20 { it } else {
  show regex("[_,]|\\]\\."): mark => mark + sym.zws
  it
}
#set block(spacing: 1.4em)
// A piece of a formula at full size; a line is broken between pieces.
#let piece(it) = [#box(math.equation(math.display(it.body)))#sym.zws]
// One that has no room to spare, and is set smaller where a line is narrower.
#let wide(it) = [#[#box(math.equation(math.display(it.body)))<wide>]#sym.zws]
// One in a table that is higher than a line, and takes that height.
#let tall(it) = [#box({ set par(leading: 0pt); math.equation(math.display(it.body)) })#sym.zws]
// Beside the first of so many rows, which the end of a page does not cut.
#let held(rows) = table.cell(rowspan: rows, inset: 0pt, breakable: false)[]
#let long(..cells) = block(table(..cells) + [#metadata(none) <until>])
#let kept(..cells) = block(breakable: false, table(..cells) + [#metadata(none) <until>])
// Small tables or values side by side, as many as the line holds.
#let beside(align: top, ..tables) = layout(size => {
  let (rows, room) = ((), 0pt)
  for it in tables.pos() {
    let wide = measure(width: size.width, it).width + 2.5em.to-absolute()
    if wide > room + 2.5em.to-absolute() { rows.push(()); room = size.width }
    rows.last().push(it)
    room -= wide
  }
  for row in rows { grid(columns: row.len(), column-gutter: 2.5em, align: align, ..row) }
  [#metadata(none) <until>]
})
// Chains of equalities, aligned at their first relation.
#let chains(..rows) = layout(size => {
  let margin = calc.max(..rows.pos().map(row => measure(row.first()).width))
  let room = size.width - margin - 1.5em.to-absolute()
  show <wide>: it => context {
    let share = 0.97 * room / measure(it).width
    if share < 0.97 { set text(size: calc.max(share, 0.35) * 1em); it } else { it }
  }
  for (target, forms, beside) in rows.pos() {
    block(par(leading: 1.2em, hanging-indent: margin + 1.5em, {
      box(width: margin, h(1fr) + target)
      forms
      // At the right, on a line of its own too: no line is broken after the space that pushes it.
      if beside != none { [ ]; hide[.]; h(1fr); sym.wj; text(fill: luma(35%), beside) }
    }))
  }
  [#metadata(none) <until>]
})
"""
CLOSER = """// Where but a few lines would stand on the last of a few pages, all is set closer
// if it helps: what is long is not laid out twice to save one of its pages.
#show: body => context {
  let end = query(<end>).map(it => it.location().position())
  let few = end.any(it => it.page > 1 and it.page < 13 and it.y < 7.5cm)
  let tried = query(<closer>).len() > 0
  let idle = "settled" in sys.inputs or query(<idle>).len() > 0 or (tried and few)
  let closer = not idle and (few or tried)
  set block(spacing: 1.1em) if closer
  set par(spacing: 1em) if closer
  set table(inset: (x: 0.625em, y: 0.55em)) if closer
  body
  [#metadata(none) <end>]
  if closer [#metadata(none) <closer>]
  if idle [#metadata(none) <idle>]
}
"""
_COMMON = """\
// The letters of a picture's parts are equally large, where none has to be much smaller.
#let common(parts, scale) = calc.max(0.85, calc.min(..parts.map(it => scale(it.at(0), it.at(1)))))
"""
IN_PLACE = (
    _COMMON
    + """// A picture, no wider than the text, and no higher than that of a page.
#let picture(..parts) = layout(size => {
  let scale(wide, high) = calc.min(1, size.width / wide, 22cm / high)
  let common = common(parts.pos(), scale)
  for (wide, high, said, svg) in parts.pos() {
    let width = wide * calc.min(common, scale(wide, high))
    align(center, image(bytes(svg), format: "svg", alt: said, width: width))
  }
})
"""
)
FLOATING = (
    _COMMON
    + """\
#show quote: it => block({ it; [#metadata(none) <until>] })
// A picture's parts where they stand, one that nearly fits a little smaller; from one on that
// does not fit, on the next page. The text goes on under what stands before: its end
// does not depend on the picture. One that is all of its section stays under its heading.
#let picture(alone: false, ..parts) = context {
  let (wide, tall, high, low) = (page.width - 4.4cm, 24.2cm, 2.6cm, 27.3cm)
  let before = query(selector(<until>).before(here()))
  let at = if before.len() > 0 { before.last().location() } else { here() }
  let headed = before.len() > 0 and query(selector(heading).after(at).before(here())).len() > 0
  let y = at.position().y + if headed { 7em } else { 4em }.to-absolute()
  let floats = false
  let most(width, height) = calc.min(1, wide / width, 0.91 * tall / height)
  let common = common(parts.pos(), most)
  for (width, height, said, svg) in parts.pos() {
    let scale = calc.min(common, most(width, height))
    let (room, needed) = (low - y, scale * height)
    let nearly = room > calc.min(0.9 * needed, needed - 4em.to-absolute())
    if not floats and needed > room and nearly { scale = 0.999 * room / height }
    let body = align(center, image(bytes(svg), format: "svg", alt: said, width: scale * width))
    if y + scale * height > low {
      if low - y > 3.5cm and not alone { floats = true } else { y = high }
    }
    y += scale * height + 1.2em.to-absolute()
    if not floats { block(body + [#metadata(none) <until>]) } else {
      let whole = scale * height > tall - 5cm  // Else what is not to be cut would hang below it.
      place(auto, float: true, if whole { block(height: 100%, body) } else { body })
    }
  }
}
"""
)


def words(text: str) -> str:
    """Return words of which Typst reads nothing as markup."""
    kept = printable(" ".join(text.split(" ")))
    return _SPECIAL.sub(r"\\\1", kept).replace("█", _BLOCK)
