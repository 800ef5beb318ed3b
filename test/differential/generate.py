"""generate.py SEED...: prints random programs that await in all places, in one file.

The programs are defined C, but for one thing: operands and arguments around an await are
evaluated from left to right, as asyncc promises and as clang does by itself. So the same
program erased and compiled by clang is the oracle; what has no await in it gives the same
in any order. To check one, in any configuration that exec/run.py knows:

    python3 generate.py 7 > 7.c && python3 ../exec/run.py BUILD_DIR 7.c

All arithmetic is unsigned; divisors are odd and shifts small; loops share a supply of
turns. Inside an expression, a variable is changed by name only if nothing else there
names it (the counters); and where C and clang differ in the order of the two sides of an
assignment, the place on the left has no side effect that shows.
"""
import random
import sys

BINARY = ["+", "-", "*", "&", "|", "^", "<", ">", "==", "!=", "<=", ">="]
ASSIGN = ["=", "+=", "-=", "*=", "^=", "|=", "&="]
TYPES = ["unsigned char", "unsigned short", "signed char", "short", "int", "unsigned long long", "_Bool",
         "double", "long double", "_Atomic unsigned", "volatile unsigned", "_Atomic unsigned char", "volatile short",
         "unsigned __int128", "__int128"]
CASTS = ["(unsigned char)", "(unsigned short)", "(unsigned)", "(unsigned)(char)", "(unsigned)(long)"]

HEAD = """// Random programs %s.
// CFLAGS: -w
#include "exec.h"

struct record {
	unsigned u;
	unsigned char c[3];
	struct pair p;
	unsigned f : 5, h : 11;
	struct {
		unsigned x, y[2];
	};
};

union mixed {
	unsigned u;
	unsigned char b[4];
	struct pair p;
};

static unsigned g0, g1, g2;
static int turns;

static void reset(void)
{
	g0 = 1, g1 = 2, g2 = 3;
	turns = 300;
}

static bool more(void)
{
	return turns-- > 0;
}

static unsigned plain(unsigned v)
{
	return v * 5 ^ g1;
}

static unsigned note(unsigned v)
{
	say("note %%u", v);
	return v;
}

static void scrap(unsigned *v)
{
	say("scrap %%u", *v);
}

static _Async void scrap_later(unsigned *v)
{
	_Await nap();
	say("scrap later %%u", *v);
}

static _Async unsigned leaf(unsigned v)
{
	say("leaf %%u", v);
	_Await nap();
	g1 = g1 * 3 + v;
	return v + g2;
}

static _Async unsigned twist(unsigned v)
{
	say("twist %%u", v);
	return v ^ g0 ^ (_Await leaf(v + 1));
}

static _Async unsigned direct(unsigned v)
{
	return v + 7;
}

static _Async unsigned pass(unsigned v)
{
	return _Await twist(v);
}

static _Async unsigned again(unsigned n, unsigned v)
{
	_Await nap();
	return n ? v + _Await again(n - 1, v * 3) : v;
}

/* Depends on nothing and changes nothing, so it may run at any time. */
static _Async unsigned quiet(unsigned v)
{
	for (unsigned i = 0; i < v %% 4; i++) {
		_Await nap();
		v = v * 3 + i;
	}
	return v;
}

static _Async struct pair quiet_pair(unsigned v)
{
	_Await nap();
	return (struct pair){(int)(v & 0xff), 9};
}

static _Async unsigned change(unsigned *p, unsigned v)
{
	_Await nap();
	*p += v;
	say("change %%u", *p);
	return *p;
}

static _Async unsigned sum_of(const unsigned *v, unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++) {
		_Await nap();
		sum = sum * 7 + v[i];
	}
	say("sum %%u", sum);
	return sum;
}

static _Async struct pair make(unsigned a, unsigned b)
{
	_Await nap();
	return (struct pair){(int)(a & 0xffff), (int)(b & 0xffff)};
}

static _Async struct big make_big(unsigned a)
{
	struct big b = {{(int)(a & 0xff), 2, 3}, "big"};

	_Await nap();
	b.v[3] = (int)(g0 & 0xff);
	return b;
}

static _Async struct record make_record(unsigned a, struct pair p)
{
	struct record r = {a, {1, 2, 3}, p, 4, .h = 5, .y = {6}};

	_Await nap();
	r.f = a;
	return r;
}

static _Async unsigned take(struct pair p, unsigned char c, double d, unsigned long long u)
{
	unsigned v = (unsigned)(p.a * 5 + p.b);

	_Await nap();
	say("take %%u %%u %%g %%llu", v, c, d, u);
	return v + c + (unsigned)d + (unsigned)u;
}

static _Async int negative(unsigned v)
{
	_Await nap();
	return -(int)(v & 0xff);
}

static _Async double half(unsigned v)
{
	_Await nap();
	return (v & 0xffff) / 2.0;
}

static _Async void bump(struct record *r, unsigned v)
{
	r->u += v;
	_Await nap();
	r->h += r->u;
}

static unsigned pair_sum(struct pair p)
{
	return (unsigned)(p.a * 3 + p.b);
}

static unsigned record_sum(struct record r)
{
	return r.u + r.c[0] * 3u + r.c[1] * 5u + r.c[2] * 7u + pair_sum(r.p) + r.f * 11u + r.h * 13u + r.x + r.y[0]
	       + r.y[1];
}

static async unsigned (*const table[])(unsigned) = {leaf, twist, direct, pass};

struct ops {
	unsigned n;
	async unsigned (*run)(unsigned);
};
"""


KINDS = ("scalars", "arrays", "pairs", "pointers", "typed", "counters", "records", "record_pointers", "unions",
         "grids", "functions", "ops")


class Scope:
    """Names that expressions may use, by what they name:

    scalars: unsigned; typed: of another arithmetic type; arrays: unsigned[4]; grids:
    unsigned[2][3]; pointers: to unsigned; functions: pointers to async functions;
    counters: unsigned, and at most once in a full expression.
    """

    def __init__(self, parent=None):
        self.parent = parent
        for kind in KINDS:
            setattr(self, kind, [])

    def all(self, kind):
        scope, found, hidden = self, [], set()
        while scope:
            for name in getattr(scope, kind):
                if name not in hidden:
                    found.append(name)
            for every in KINDS:
                hidden.update(getattr(scope, every))
            scope = scope.parent
        return found


class Program:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seed = seed
        self.used = set()  # counters in this full expression
        self.nested = 0  # statement expressions around
        self.may_return = True
        self.computes = False  # one computed goto for each function
        self.labels = True  # off where the text is used twice
        self.functions = []
        self.lines = []
        self.number = 0
        self.scope = None
        self.loops = []
        self.asynchronous = True

    def pick(self, items):
        return self.random.choice(items)

    def chance(self, share):
        return self.random.random() < share

    def fresh(self, prefix):
        self.number += 1
        return "%s%d" % (prefix, self.number)

    # Expressions of type unsigned.

    def expr(self, depth):
        if depth <= 0 or self.chance(0.15):
            return self.atom()
        kinds = [self.binary] * 6 + [self.promoted] + [self.call] * 8 + [self.struct_value] * 2 + [self.logical] * 2 + [
            self.unary, self.conditional, self.comma, self.divide, self.shift, self.element, self.literal,
            self.statement_expression, self.elvis, self.counter, self.note, self.pointer_call, self.other_result]
        return self.pick(kinds)(depth - 1)

    def atom(self):
        choices = [str(self.random.randrange(10)) + "u", self.pick(["g0", "g1", "g2"])]
        choices += self.all_or("scalars", lambda n: n) * 3
        choices += self.all_or("arrays", lambda n: "%s[%d]" % (n, self.random.randrange(4)))
        choices += self.all_or("grids", lambda n: "%s[%d][%d]" % (n, self.random.randrange(2), self.random.randrange(3)))
        choices += self.all_or("pairs", lambda n: "(unsigned)%s.%s" % (n, self.pick("ab")))
        choices += self.all_or("pointers", lambda n: "*" + n)
        choices += self.all_or("typed", lambda n: "(unsigned)" + n)
        choices += self.all_or("records", lambda n: "(unsigned)%s.%s" % (n, self.field()))
        choices += self.all_or("record_pointers", lambda n: "(unsigned)%s->%s" % (n, self.field()))
        choices += self.all_or("unions", lambda n: "(unsigned)%s.%s" % (n, self.pick(["u", "b[1]", "p.a"])))
        return self.pick(choices)

    def field(self):
        return self.pick(["u", "c[0]", "c[2]", "p.a", "p.b", "f", "h", "x", "y[1]"])

    def free_counters(self):
        return [name for name in self.scope.all("counters") if name not in self.used]

    def counter(self, depth):
        names = self.free_counters()
        if not names:
            return self.binary(depth)
        name = self.pick(names)
        self.used.add(name)
        if self.chance(0.3):
            return "(%s %s %s)" % (name, self.pick(["+=", "^=", "="]), self.expr(depth))
        return self.pick(["%s++", "++%s", "%s--", "--%s"]) % name

    def promoted(self, depth):
        """What narrow types promote to shows beside a negative int."""
        names = ["%s.%s" % (n, f) for n in self.scope.all("records") for f in ("f", "h", "c[1]")]
        names += ["%s->h" % n for n in self.scope.all("record_pointers")]
        if not names or not self.asynchronous:
            return self.binary(depth)
        return "(%s %s await negative(%s))" % (self.pick(names), self.pick(["<", ">", ">="]), self.expr(depth))

    def note(self, depth):
        """A call that shows when it is made: one in a full expression, as C orders no two."""
        if "note" in self.used:
            return self.binary(depth)
        self.used.add("note")
        return "note(%s)" % self.expr(depth)

    def pointer_call(self, depth):
        if not self.asynchronous:
            return self.binary(depth)
        kind = self.random.randrange(3)
        if kind == 0:
            names = self.scope.all("functions")
            if names:
                return "await %s(%s)" % (self.pick(names), self.expr(depth))
        elif kind == 1:
            names = self.scope.all("ops")
            if names:
                name = self.pick(names)
                return "(await %s.run(%s) + %s.n)" % (name, self.expr(depth), name)
        return "await table[%s %% 4u](%s)" % (self.expr(depth), self.expr(depth))

    def other_result(self, depth):
        """Results and parameters of other types than unsigned."""
        if not self.asynchronous:
            return self.binary(depth)
        kind = self.random.randrange(4)
        if kind == 0:
            return "(unsigned)(%sawait half(%s))" % (self.pick(["", "2 * ", "0.5 + "]), self.expr(depth))
        if kind == 1:
            return "await take(%s, (unsigned char)%s, %s & 0xff, %s)" % (
                self.pair_value(depth - 1), self.expr(depth - 1), self.expr(depth - 1), self.expr(depth - 1))
        if kind == 2:
            return "await again(%s & 3, %s)" % (self.expr(depth), self.expr(depth))
        return "(unsigned)(await make_record(%s, %s)).%s" % (
            self.expr(depth - 1), self.pair_value(depth - 1), self.field())

    def pair_value(self, depth):
        """A struct pair: an rvalue, or a variable that nothing in an expression changes."""
        kinds = ["(struct pair){(int)(%s & 0xff), .b = (int)(%s & 0xff)}" % (self.expr(depth), self.expr(depth)),
                 "await make(%s, %s)" % (self.expr(depth), self.expr(depth)) if self.asynchronous
                 else "(struct pair){1, 2}"]
        kinds += self.scope.all("pairs")
        return self.pick(kinds)

    def all_or(self, kind, make):
        names = self.scope.all(kind)
        return [make(self.pick(names))] if names else []

    def binary(self, depth):
        return "(%s %s %s)" % (self.expr(depth), self.pick(BINARY), self.expr(depth))

    def divide(self, depth):
        return "(%s %s (%s | 1))" % (self.expr(depth), self.pick("/%"), self.expr(depth))

    def shift(self, depth):
        return "(%s %s (%s & 7))" % (self.expr(depth), self.pick(["<<", ">>"]), self.expr(depth))

    def unary(self, depth):
        return "(%s %s)" % (self.pick(["-", "~", "!", "+"] + CASTS), self.expr(depth))

    def logical(self, depth):
        return "(%s %s %s)" % (self.expr(depth), self.pick(["&&", "||"]), self.expr(depth))

    def conditional(self, depth):
        return "(%s ? %s : %s)" % (self.expr(depth), self.expr(depth), self.expr(depth))

    def elvis(self, depth):
        return "(%s ?: %s)" % (self.expr(depth), self.expr(depth))

    def comma(self, depth):
        return "(%s, %s)" % (self.expr(depth), self.expr(depth))

    def element(self, depth):
        names = self.scope.all("arrays")
        if not names:
            return self.binary(depth)
        return "%s[%s & 3]" % (self.pick(names), self.expr(depth))

    def call(self, depth):
        args = lambda n: ", ".join(self.expr(depth) for _ in range(n))
        if not self.asynchronous or self.chance(0.2):
            return "plain(%s)" % args(1)
        kind = self.random.randrange(8)
        if kind < 3 or (kind < 5 and not self.functions):
            return "await leaf(%s)" % args(1)
        if kind < 5:
            name, count = self.pick(self.functions)
            call = "await %s(%s)" % (name, args(count))
            return call if self.chance(0.8) else "(%s)" % call
        if kind == 5:
            targets = (self.all_or("scalars", lambda n: "&" + n) + self.all_or("pointers", lambda n: n)
                       + self.all_or("arrays", lambda n: n + " + 2"))
            return "await change(%s, %s)" % (self.pick(targets or ["&g2"]), self.expr(depth))
        if kind == 6:
            return "await sum_of((unsigned[]){%s}, 2)" % args(2)
        return "(unsigned)(await make(%s)).%s" % (args(2), self.pick("ab"))

    def literal(self, depth):
        if self.chance(0.5):
            return "(unsigned)((struct pair){(int)(%s & 0xff), .b = (int)(%s & 0xff)}).%s" % (
                self.expr(depth), self.expr(depth), self.pick("ab"))
        return "((unsigned[3]){%s, %s})[%s %% 3u]" % (self.expr(depth), self.expr(depth), self.expr(depth))

    def struct_value(self, depth):
        if not self.asynchronous:
            return self.binary(depth)
        kind = self.random.randrange(4)
        if kind == 0:
            return "(unsigned)(await make_big(%s)).v[%s & 3]" % (self.expr(depth), self.expr(depth))
        if kind == 1:
            return "pair_sum(await make(%s, %s))" % (self.expr(depth), self.expr(depth))
        pairs = self.scope.all("pairs")
        other = self.pick(pairs) if pairs else "(struct pair){1, 2}"
        return "pair_sum(%s ? await make(%s, 5u) : %s)" % (self.expr(depth), self.expr(depth), other)

    def statement_expression(self, depth):
        """It changes what others name, so it awaits: that orders it and what is beside it."""
        if depth < 1 or not self.labels or not self.asynchronous or self.chance(0.5):
            return self.binary(depth)
        outer, lines = self.scope, self.lines
        self.scope, self.lines = Scope(outer), []
        loops, self.loops = self.loops, []
        self.nested += 1
        self.declaration(depth)
        if self.chance(0.5):
            self.assignment(depth)
        if self.chance(0.3):
            self.pick([self.if_, self.while_, self.do, self.for_, self.switch])(0)
        value = self.expr(depth)
        form = "%s"
        if self.chance(0.4):
            value, form = self.inner_value(value, depth)
        self.nested -= 1
        body = " ".join(line.strip() for line in self.lines)
        if "await" not in body + value:
            value = "await leaf(%s)" % value if form == "%s" else "(await nap(), %s)" % value
        self.scope, self.lines, self.loops = outer, lines, loops
        return form % ("({ %s %s; })" % (body, value))

    def inner_value(self, value, depth):
        """The value as a member of a struct that only the statement expression knows, and what
        takes it out of there."""
        name, tag = self.fresh("x"), self.pick(["inner ", "inner ", ""])
        member = self.pick(["unsigned char", "unsigned long long", "wide", "unsigned", "double"])
        struct = "struct %s{ unsigned m; %s n%s; }" % (tag, member, self.pick(["", "[STEP - 1]"]))
        values = "{%s + STEP, %s}" % (value, self.expr(depth - 1) if member != "double" else "0.5")
        out = "(%s).m" if self.chance(0.7) or "[" in struct else "(unsigned)(%s).n"
        kind = self.random.randrange(6)
        self.put("enum { STEP = %d }; typedef unsigned short wide;" % self.random.randrange(2, 5))
        if kind == 0:
            return "(%s)%s" % (struct, values), out
        if kind == 1:
            self.put("typedef %s inner; inner %s = %s;" % (struct, name, values))
            return name, out
        if kind == 2:
            self.put("static %s %s; %s.m = %s;" % (struct, name, name, value))
            return "&" + name, self.pick(["(*%s).m", "(%s)->m",
                                          "((g1 %% 3 ? %s : (void *)0) ? 3u : 4u)"])
        self.put("%s%s %s = %s;" % (self.pick(["", "const "]), struct, name, values))
        if kind == 3 and self.asynchronous:
            self.put("await nap();")
        return self.pick([name, "({ %s; })" % name, "({ await nap(); %s; })" % name]), out

    # Statements.

    def put(self, text):
        self.lines.append(text)

    def block(self, depth, count=None):
        self.put("{")
        self.scope = Scope(self.scope)
        for _ in range(count or self.random.randrange(1, 4)):
            self.statement(depth)
        self.scope = self.scope.parent
        self.put("}")

    def statement(self, depth):
        if not self.nested:
            self.used = set()
        simple = [self.declaration] * 3 + [self.assignment] * 3 + [self.object] * 2 + [
            self.log, self.expression, self.early, self.tasks]
        nested = [self.if_, self.while_, self.do, self.for_, self.switch, self.braces, self.retry, self.duff,
                  self.jump_in, self.computed]
        if depth > 0 and self.chance(0.5):
            self.pick(nested)(depth - 1)
        else:
            self.pick(simple)(2 if self.chance(0.7) else 3)

    def name(self, prefix):
        """A new name, or one that hides another."""
        outer = self.scope.parent.all("scalars") if self.scope.parent else []
        own = [name for kind in KINDS for name in getattr(self.scope, kind)]
        outer = [n for n in outer if n not in own and n[0] == "v"]
        if prefix == "v" and outer and self.chance(0.2):
            return self.pick(outer)
        return self.fresh(prefix)

    def declaration(self, depth):
        kind = self.random.randrange(7)
        if kind < 3:
            value = self.expr(depth)
            name = self.name("v")
            if name in value.replace("(", " ").replace(")", " "):
                name = self.fresh("v")
            const = "const " if self.chance(0.15) else ""
            if const:
                name = self.fresh("v")
            self.put("%sunsigned %s = %s;" % (const, name, value))
            if const:
                self.put('say("const %%u", %s);' % name)
                return
            self.scope.scalars.append(name)
        elif kind == 3:
            name, values = self.fresh("a"), [self.expr(depth - 1) for _ in range(self.random.randrange(1, 4))]
            self.put("unsigned %s[4] = {%s};" % (name, ", ".join(values)))
            self.scope.arrays.append(name)
        elif kind == 4:
            name = self.fresh("p")
            if self.asynchronous and self.chance(0.5):
                self.put("struct pair %s = await make(%s, %s);" % (name, self.expr(depth - 1), self.expr(depth - 1)))
            else:
                self.put("struct pair %s = {(int)(%s & 0xff), 7};" % (name, self.expr(depth - 1)))
            self.scope.pairs.append(name)
        elif kind == 5:
            targets = self.scope.all("scalars")
            if targets:
                name = self.fresh("q")
                self.put("unsigned *%s = &%s;" % (name, self.pick(targets)))
                self.scope.pointers.append(name)
        else:
            a, b = self.fresh("v"), self.fresh("v")
            self.put("unsigned %s = %s, %s = %s + %s;" % (a, self.expr(depth - 1), b, a, self.expr(depth - 1)))
            self.scope.scalars += [a, b]

    def object(self, depth):
        """A declaration of something else than plain unsigned values."""
        kinds = [self.typed_object, self.counter_object, self.record_object, self.record_pointer, self.union_object,
                 self.grid_object, self.function_pointer, self.ops_object, self.literal_pointer, self.text_object,
                 self.designated_array, self.static_object, self.cleanup_object, self.variable_array]
        self.pick(kinds)(depth)

    def typed_object(self, depth):
        kind, name = self.pick(TYPES), self.fresh("t")
        exact = "double" not in kind
        self.put("%s %s = %s;" % (kind, name, self.expr(depth) if exact else "%s & 0xffff" % self.expr(depth)))
        if self.chance(0.4):
            self.put("%s %s= %s;" % (name, self.pick("+^|") if exact else "",
                                     self.expr(depth) if exact else "%s & 0xfff" % self.expr(depth)))
        self.scope.typed.append(name)

    def counter_object(self, depth):
        name = self.fresh("k")
        self.put("unsigned %s = %s;" % (name, self.expr(depth)))
        self.scope.counters.append(name)

    def record_object(self, depth):
        name = self.fresh("r")
        fields = [".u = %s", ".c = {%s}", ".c[1] = %s", ".p = {(int)(%s & 0xff)}", ".p.b = (int)(%s & 0xff)",
                  ".f = %s", ".h = %s", ".x = %s", ".y[1] = %s", ".y = {[1] = %s}", ".c = {[0 ... 1] = 7, %s}"]
        order = {"u": 0, "c": 1, "p": 2, "f": 3, "h": 4, "x": 5, "y": 6}
        chosen = {}
        for text in self.random.sample(fields, self.random.randrange(1, 6)):
            chosen[order[text[1]]] = text
        values = [chosen[key] % self.expr(depth - 1) for key in sorted(chosen)]
        value = "{%s}" % ", ".join(values)
        if self.asynchronous and self.chance(0.3):
            value = "await make_record(%s, %s)" % (self.expr(depth - 1), self.pair_value(depth - 1))
        elif self.chance(0.2):
            value = "(struct record)" + value
        self.put("struct record %s = %s;" % (name, value))
        self.put('say("record %%u", record_sum(%s));' % name)
        self.scope.records.append(name)

    def record_pointer(self, depth):
        names = self.scope.all("records")
        if not names:
            return self.record_object(depth)
        name = self.fresh("rp")
        self.put("struct record *%s = &%s;" % (name, self.pick(names)))
        if self.asynchronous:
            self.put("await bump(%s, %s);" % (name, self.expr(depth)))
        self.scope.record_pointers.append(name)

    def union_object(self, depth):
        name = self.fresh("u")
        self.put("union mixed %s = {%s};" % (name, self.pick([".u = %s", "%s", ".p = {.a = (int)(%s & 0xff)}"])
                                             % self.expr(depth)))
        self.put("%s.b[2] = %s;" % (name, self.expr(depth)))
        self.scope.unions.append(name)

    def grid_object(self, depth):
        name = self.fresh("m")
        form = self.pick(["{{%s}, {%s, %s}}", "{%s, %s, %s}", "{[1] = {[1] = %s}}", "{[0][1] = %s, [1][2] = %s}",
                          "{[0 ... 1] = {4, 5}, [1][1] = %s}"])
        self.put("unsigned %s[2][3] = %s;" % (name, form % tuple(self.expr(depth - 1) for _ in range(form.count("%s")))))
        if self.chance(0.5):
            self.put("%s[%d][%d] %s %s;" % (name, self.random.randrange(2), self.random.randrange(3),
                                            self.pick(ASSIGN), self.expr(depth)))
        self.scope.grids.append(name)

    def designated_array(self, depth):
        name, expr = self.fresh("a"), self.expr
        size, values = self.pick([("4", "[1] = %s, [3] = %s" % (expr(depth - 1), expr(depth - 1))),
                                  ("4", "[0 ... 2] = 3, %s" % expr(depth - 1)),
                                  ("", "%s, [3] = %s" % (expr(depth - 1), expr(depth - 1))),
                                  ("", "%s, 2u, %s, 4u" % (expr(depth - 1), expr(depth - 1)))])
        self.put("unsigned %s[%s] = {%s};" % (name, size, values))
        self.scope.arrays.append(name)

    def static_object(self, depth):
        name = self.fresh("v")
        self.put("static unsigned %s = %d;" % (name, self.random.randrange(9)))
        self.put("%s += %s;" % (name, self.expr(depth)))
        self.scope.scalars.append(name)

    def function_pointer(self, depth):
        name = self.fresh("fp")
        first, second = self.random.sample(["leaf", "twist", "direct", "pass", "table[1]"], 2)
        self.put("async unsigned (*%s)(unsigned) = %s ? %s : %s;" % (name, self.expr(depth), first, second))
        self.scope.functions.append(name)

    def ops_object(self, depth):
        name = self.fresh("o")
        self.put("struct ops %s = {%s, %s};" % (name, self.expr(depth), self.pick(["leaf", "twist", "direct", "pass"])))
        self.scope.ops.append(name)

    def literal_pointer(self, depth):
        name = self.fresh("q")
        self.put("unsigned *%s = %s;" % (name, self.pick(["&(unsigned){%s}", "(unsigned[]){1, %s, 3} + 1",
                                                          "&(struct record){.y[0] = %s}.y[0]"]) % self.expr(depth)))
        self.scope.pointers.append(name)

    def text_object(self, depth):
        name = self.fresh("s")
        self.put('char %s[] = "%s";' % (name, self.pick(["abcd", "x\\ny\\tz", "0123"])))
        index = self.pick(self.free_counters() or ["1"])
        self.used.add(index)
        self.put("%s[%s & 3] = 'a' + %s %% 26;" % (name, index, self.expr(depth)))
        self.put('say("%%s %%zu", %s, sizeof %s);' % (name, name))

    def cleanup_object(self, depth):
        name = self.fresh("v")
        function = self.pick(["scrap", "scrap_later"] if self.asynchronous else ["scrap"])
        self.put("__attribute__((cleanup(%s))) unsigned %s = %s;" % (function, name, self.expr(depth)))
        self.scope.scalars.append(name)

    def variable_array(self, depth):
        name, size = self.fresh("a"), self.fresh("n")
        self.put("unsigned %s = 4 + %s %% 3; unsigned %s[%s];" % (size, self.expr(depth), name, size))
        self.put("for (unsigned i = 0; i < %s; i++) %s[i] = i;" % (size, name))
        self.put('say("%%zu", sizeof %s);' % name)
        self.scope.arrays.append(name)

    def tasks(self, depth):
        """Tasks that depend on nothing, spawned and joined."""
        if not self.asynchronous:
            return self.log(depth)
        first, second, name = self.fresh("t"), self.fresh("t"), self.fresh("v")
        may_return, self.may_return = self.may_return, False
        self.labels = False
        self.put("async_task(unsigned) %s = async_spawn(quiet(%s));" % (first, self.expr(depth)))
        self.put("async_task(struct pair) %s = async_spawn(quiet_pair(%s));" % (second, self.expr(depth)))
        self.labels = True
        self.log(depth)
        self.put("unsigned %s = %s + pair_sum(await async_join(%s)) * await async_join(%s);"
                 % (name, self.expr(depth), second, first))
        self.may_return = may_return
        self.scope.scalars.append(name)

    def places(self):
        return (self.scope.all("scalars") * 2 + ["g0", "g1"]
                + ["%s[%d]" % (n, self.random.randrange(4)) for n in self.scope.all("arrays")]
                + ["%s[%d][%d]" % (n, self.random.randrange(2), self.random.randrange(3))
                   for n in self.scope.all("grids")]
                + ["%s.%s" % (n, self.pick("uhf")) for n in self.scope.all("records")]
                + ["%s->%s" % (n, self.pick(["u", "h", "f", "c[1]", "y[0]"])) for n in self.scope.all("record_pointers")]
                + ["(*%s)" % n for n in self.scope.all("pointers")])

    def assignment(self, depth):
        targets = self.places()
        counters, arrays = self.free_counters(), self.scope.all("arrays")
        if self.chance(0.1) and self.scope.all("pairs") and self.asynchronous:
            self.put("%s = %s;" % (self.pick(self.scope.all("pairs")), self.pair_value(depth)))
        elif self.chance(0.1):
            self.put("%s%s;" % (self.pick(targets), self.pick(["++", "--"])))
        elif self.chance(0.15):
            self.put("%s = %s = %s;" % (self.pick(["g0", "g2"]), self.pick(targets), self.expr(depth)))
        elif self.chance(0.2) and counters and arrays:
            name = self.pick(counters)
            self.used.add(name)
            self.put("%s[%s & 3] %s %s;" % (self.pick(arrays), self.pick([name + "++", "--" + name]),
                                            self.pick(ASSIGN), self.expr(depth)))
        else:
            self.put("%s %s %s;" % (self.pick(targets), self.pick(ASSIGN), self.expr(depth)))

    def log(self, depth):
        self.put('say("%%u %%u", %s, %s);' % (self.expr(depth), self.expr(depth)))

    def expression(self, depth):
        self.put("%s;" % self.expr(depth))

    def early(self, depth):
        if not self.loops:
            if self.chance(0.2) and self.may_return:
                self.put("if (%s == 3u) return %s;" % (self.expr(1), self.expr(depth)))
            return
        how = self.pick(["break", "continue", "goto " + self.loops[-1]]
                        + ["return %s" % self.expr(1)] * self.may_return)
        if how.startswith("goto") and self.loops[-1] == "switch":
            how = "break"
        if how == "continue" and not any(label != "switch" for label in self.loops):
            how = "break"
        self.put("if (%s) %s;" % (self.expr(depth), how))

    def if_(self, depth):
        self.put("if (%s)" % self.expr(2))
        self.block(depth)
        if self.chance(0.5):
            self.put("else")
            self.block(depth)

    def loop_body(self, depth):
        label = self.fresh("out")
        self.loops.append(label)
        self.block(depth)
        self.loops.pop()
        return label

    def while_(self, depth):
        self.put("while (more() && %s)" % self.expr(2))
        self.put("%s:;" % self.loop_body(depth))

    def do(self, depth):
        self.put("do")
        label = self.loop_body(depth)
        self.put("while (more() && %s);" % self.expr(2))
        self.put("%s:;" % label)

    def for_(self, depth):
        self.scope = Scope(self.scope)
        name = self.fresh("i")
        first = self.expr(1)
        self.scope.scalars.append(name)
        self.put("for (unsigned %s = %s; more() && %s; %s += %s)" % (
            name, first, self.pick([name + " < %s" % self.expr(1), self.expr(2)]), name, self.expr(1)))
        label = self.loop_body(depth)
        self.scope = self.scope.parent
        self.put("%s:;" % label)

    def late(self):
        """Declares an object that jumps go past, at the beginning of a block."""
        self.scope = Scope(self.scope)
        if not self.chance(0.5):
            return None
        name = self.fresh("v")
        self.put("unsigned %s%s;" % (name, " = %s" % self.expr(1) if self.chance(0.3) else ""))
        return name

    def landed(self, late):
        """Behind a label or case in that block: gives the object its value."""
        if late:
            if late in self.scope.scalars:
                self.scope.scalars.remove(late)
            self.put("%s = %s;" % (late, self.expr(1)))
            self.scope.scalars.append(late)

    def switch(self, depth):
        self.put("switch (%s %% 5) {" % self.expr(2))
        late = self.late()
        self.loops.append("switch")
        third = self.pick([["case 2", "case 3"], ["case 2 ... 3"]])
        for case in self.random.sample(["case 0", "case 1", "default", "case 4"] + third, 3):
            self.put("%s:;" % case)
            self.landed(late)
            self.block(depth)
            if self.chance(0.6):
                self.put("break;")
        self.loops.pop()
        self.scope = self.scope.parent
        self.put("}")

    def braces(self, depth):
        self.block(depth)

    def retry(self, depth):
        label, count = self.fresh("again"), self.fresh("n")
        self.put("int %s = 0;" % count)
        self.put("%s:;" % label)
        loops, self.loops = self.loops, []
        self.block(depth)
        self.loops = loops
        self.put("if (%s++ < 1 && %s) goto %s;" % (count, self.expr(1), label))

    def plain_statement(self, depth):
        """Declares nothing, so that it may be jumped to and over."""
        self.pick([self.assignment, self.log, self.expression])(depth)

    def duff(self, depth):
        self.put("switch (%s %% 3) {" % self.expr(2))
        self.put("case 0: do {")
        late = self.late()
        self.plain_statement(2)
        for case in ("case 1", "case 2"):
            self.put("%s:;" % case)
            self.landed(late)
            self.plain_statement(2)
        self.scope = self.scope.parent
        self.put("} while (more() && %s);" % self.expr(2))
        self.put("}")

    def jump_in(self, depth):
        label = self.fresh("in")
        self.put("if (%s) goto %s;" % (self.expr(1), label))
        self.put("%s (%s) {" % (self.pick(["if", "while (more()) if"]), self.expr(2)))
        late = self.late()
        self.plain_statement(2)
        self.put("%s:;" % label)
        self.landed(late)
        for _ in range(self.random.randrange(1, 4)):
            self.plain_statement(2)
        self.scope = self.scope.parent
        self.put("}")

    def computed(self, depth):
        if self.nested or self.computes:
            return self.log(2)
        self.computes = True
        labels = [self.fresh("at") for _ in range(3)]
        table = self.fresh("jump")
        self.put("static void *const %s[] = {%s};" % (table, ", ".join("&&" + label for label in labels)))
        self.put("goto *%s[%s %% 3u];" % (table, self.expr(1)))
        for label in labels:
            self.put("%s:;" % label)
            self.plain_statement(2)

    # Functions.

    def function(self, name):
        count = self.random.randrange(1, 4)
        params = [self.fresh("v") for _ in range(count)]
        self.scope = Scope()
        self.scope.scalars = list(params)
        self.lines = []
        self.used = set()
        self.computes = False
        for _ in range(self.random.randrange(3, 7)):
            self.statement(2)
        self.used = set()
        if self.chance(0.3):
            self.put("return await %s(%s);" % (self.pick(["leaf", "pass", "table[2]"]), self.expr(2)))
        else:
            self.put("return %s;" % self.expr(2))
        head = "static async unsigned %s(%s)" % (name, ", ".join("unsigned " + p for p in params))
        text = "%s\n{\n%s\n}\n" % (head, "\n".join("\t" + line for line in self.lines))
        self.functions.append((name, count))
        return text

    def text(self):
        parts = [self.function("f%d_%d" % (i, self.seed)) for i in range(self.random.randrange(2, 5))]
        calls = "\n".join('\tsay("= %%u", await %s(%s));' % (name, ", ".join(str(i + 1) + "u" for i in range(count)))
                          for name, count in self.functions)
        parts.append('static async void program_%d(void)\n{\n\treset();\n%s\n\tsay("%%u %%u %%u", g0, g1, g2);\n}\n'
                     % (self.seed, calls))
        return "\n".join(parts)


def text(seeds):
    """The programs of these seeds, in one file."""
    programs = "\n".join(Program(seed).text() for seed in seeds)
    calls = "\n".join('\tsay("program %d");\n\tawait program_%d();' % (seed, seed) for seed in seeds)
    return "%s\n%s\nasync int main(void)\n{\n%s\n\treturn 0;\n}\n" % (
        HEAD % " ".join(map(str, seeds)), programs, calls)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(text([int(seed) for seed in sys.argv[1:]]), end="")
