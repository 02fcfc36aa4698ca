"""Figures drawn from data: SVG and tables as strings, standard library only.

A figure is a `div.figure-body`: its claim, how to read it, the drawing, and
the numbers behind it in a folded table. The same data give the same bytes.
Text keeps its size at every width, since only shapes are stretched. Colour
comes from the stylesheet alone, through these classes:

| class | what has it |
| --- | --- |
| figure-body | the whole figure; the container that widths refer to |
| figure-title, figure-key | the claim; the line that says how to read it |
| figure-plot l0 … l22, r0 … r22 | a drawing and its gutters, in characters |
| figure-scroll | what scrolls sideways where it has no room |
| figure-table, num | a table; its cells with numbers |
| figure-data | the folded table of a drawing's numbers |
| wide-only, narrow-only | a whole part, from or up to 600 pixels' width |
| in-any, in-wide, in-narrow | the same for a mark in a drawing |
| key-forward, key-signed, key-compare | the mark before words of the key |
| key-data, key-grad, key-local | words of the key in their colour |
| key-circle, key-cross, key-boundary | the same for points on a plane |
| key-meet, key-again | the same for arrays: thick edges, repeated cells |
| shapes | arrays in a row, each its own drawing, with operators between |
| drawing | every svg; then one of the next two lines |
| curve, scatter, bars, cell-drawing, graph-drawing, flow-drawing | its kind |
| plane, shape | its kind: points over a field; one array |
| axis, tick, name, value, end | text: of an axis, a row, a number, a line |
| grid, rule, leader, level | lines: of the frame, to a label, a reference |
| line or dots with s1 … s5, raw | the series of a chart |
| bar with plus, minus, chosen, other | a bar: its sign, whether highlighted |
| compare | the thin mark beside a bar |
| cells with v0 … v9 | shares, from none to the largest |
| cells with p0 … p9, n1 … n9 | positive and negative numbers |
| masked, hatch | a cell without number; its strokes |
| dash, strong | a minus sign; one on a strong shade |
| worded, worded-wide | paler shades, where numbers stand on them |
| values, scale | the numbers in cells; the legend |
| cells field with p1 … p3, n1 … n3 | either side of a boundary, by strength |
| boundary | the line between both sides |
| circle, cross; with halo | points of two classes; what sets them off |
| sheet; with back, again | cells of an array: gradients; repeated cells |
| ground, gap | paper between pages; the dots of an abridged axis |
| meet, meets | an edge that an "@" sums over; its number |
| operator | text: what stands between two arrays |
| node, edge | boxes and arrows of a graph or chain |
| data, grad, local | value, gradient, local gradient |
"""

from book._array import Array
from book._bars import bars
from book._curve import curve
from book._graph import flow, graph
from book._grid import heat_map, strips
from book._plane import plane
from book._scatter import scatter
from book._shapes import shapes
from book._table import table

__all__ = [
    "Array",
    "bars",
    "curve",
    "flow",
    "graph",
    "heat_map",
    "plane",
    "scatter",
    "shapes",
    "strips",
    "table",
]
