"""Charts as SVG: bars to compare programs, lines to show growth."""
import math
from html import escape

STYLE = """<style>
text { font: 12px sans-serif; fill: #333; }
.title { font-weight: bold; font-size: 13px; }
.note { fill: #777; }
.ours { font-weight: bold; }
</style>"""
BACKGROUND = '<rect width="100%" height="100%" fill="white"/>'
OURS, FLOOR, OTHER = "#c0392b", "#7f8c8d", "#5b8db8"
LINES = ("#c0392b", "#2c6fa6", "#2e8b57", "#8e6bbf", "#c98a1b", "#555555")


def number(value):
    """Three digits, no exponent."""
    if value == 0:
        return "0"
    digits = max(0, 2 - int(math.floor(math.log10(abs(value)))))
    return "{:,.{}f}".format(round(value, digits), min(digits, 2))


def text(x, y, content, anchor="start", kind=""):
    return '<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>' % (
        x, y, anchor, ' class="%s"' % kind if kind else "", escape(content))


def document(width, height, parts):
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">'
                      % (width, height, width, height), STYLE, BACKGROUND] + parts + ["</svg>", ""])


def panel(title, bars, x, y, width):
    """One set of bars on a logarithmic scale, smallest first; gives the parts and the height.
    bars: (name, value, colour)."""
    label, step, room = 108, 19, 62
    parts = [text(x, y + 14, title, kind="title")]
    low = min(value for _, value, _ in bars) / 2
    high = max(value for _, value, _ in bars)
    scale = (width - label - room) / math.log(high / low)
    for place, (name, value, colour) in enumerate(sorted(bars, key=lambda bar: bar[1])):
        top = y + 24 + place * step
        kind = "ours" if colour == OURS else ""
        parts.append(text(x + label - 6, top + 11, name, "end", kind))
        length = scale * math.log(value / low)
        parts.append('<rect x="%.1f" y="%.1f" width="%.1f" height="14" fill="%s"/>'
                     % (x + label, top, length, colour))
        parts.append(text(x + label + length + 5, top + 11, number(value), kind=kind))
    return parts, 30 + len(bars) * step


def bar_chart(panels, columns=2, width=820):
    """Panels (title, bars) in columns."""
    parts, y = [], 8
    each = width / columns
    for first in range(0, len(panels), columns):
        heights = []
        for column, (title, bars) in enumerate(panels[first:first + columns]):
            made, height = panel(title, bars, 10 + column * each, y, each - 20)
            parts += made
            heights.append(height)
        y += max(heights) + 14
    parts.append(text(10, y + 4, "Logarithmic scales; shorter is better.", kind="note"))
    return document(width, y + 16, parts)


def ticks(low, high):
    """1, 10, 100, ... from low to high."""
    return [10 ** e for e in range(int(math.floor(math.log10(low))), int(math.ceil(math.log10(high))) + 1)]


def nice_step(top):
    magnitude = 10 ** math.floor(math.log10(top / 4))
    return next(step * magnitude for step in (1, 2, 5, 10) if top / (step * magnitude) <= 6)


def line_chart(title, x_title, y_title, series, logarithmic=False, width=560, height=320):
    """series: {name: [(x, y)]}; x is logarithmic, y from 0 or logarithmic too."""
    left, right, top, bottom = 62, 30, 34, 46
    points = [point for line in series.values() for point in line]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    x_low, x_high = math.log10(min(xs)), math.log10(max(xs))
    if logarithmic:
        marks = ticks(min(ys), max(ys))
        place_y = lambda y: math.log10(y / marks[0]) / math.log10(marks[-1] / marks[0])
    else:
        step = nice_step(max(ys) or 1)
        marks = [i * step for i in range(int(math.ceil(max(ys) / step)) + 1)]
        place_y = lambda y: y / marks[-1]
    at_x = lambda x: left + (width - left - right) * (math.log10(x) - x_low) / ((x_high - x_low) or 1)
    at_y = lambda y: height - bottom - (height - top - bottom) * place_y(y)
    parts = [text(left, 18, title, kind="title"),
             text((left + width) / 2, height - 8, x_title, "middle", "note"),
             '<text transform="translate(14 %.0f) rotate(-90)" text-anchor="middle" class="note">%s</text>'
             % ((top + height - bottom) / 2, escape(y_title))]
    for mark in marks:
        parts.append('<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/>'
                     % (left, width - right, at_y(mark), at_y(mark)))
        parts.append(text(left - 6, at_y(mark) + 4, number(mark), "end"))
    for mark in ticks(min(xs), max(xs)):
        if min(xs) <= mark <= max(xs):
            parts.append(text(at_x(mark), height - bottom + 16, "{:,}".format(mark), "middle"))
    for place, (name, line) in enumerate(series.items()):
        colour = LINES[place % len(LINES)]
        path = " ".join("%.1f,%.1f" % (at_x(x), at_y(y)) for x, y in line)
        parts.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>' % (path, colour))
        parts += ['<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>' % (at_x(x), at_y(y), colour) for x, y in line]
        if len(series) > 1:
            parts.append('<rect x="%d" y="%d" width="12" height="3" fill="%s"/>'
                         % (left + 8, top + 6 + 16 * place, colour))
            parts.append(text(left + 25, top + 11 + 16 * place, name))
    return document(width, height, parts)
