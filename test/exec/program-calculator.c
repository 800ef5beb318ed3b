// A tokenizer that awaits its input and a recursive-descent calculator above it.
// RUN: %exec %s
#include "exec.h"

enum token { END, NUMBER, PLUS, MINUS, STAR, SLASH, OPEN, CLOSE, WRONG };

struct lexer {
	const char *input;
	size_t at;
	enum token token;
	double number;
	int line;
};

static async int next_char(struct lexer *lex)
{
	int c = lex->input[lex->at];

	if (c % 3 == 0)
		await nap();
	if (c)
		lex->at++;
	return c;
}

static async void advance(struct lexer *lex)
{
	static const char signs[] = "+-*/()";
	int c;

	do
		c = await next_char(lex);
	while (c == ' ');
	if (c == 0) {
		lex->token = END;
		return;
	}
	if (c >= '0' && c <= '9') {
		double value = c - '0', scale = 0;
		while ((c = await next_char(lex)) == '.' || (c >= '0' && c <= '9')) {
			if (c == '.') {
				scale = 1;
				continue;
			}
			value = value * 10 + (c - '0');
			scale *= 10;
		}
		if (c)
			lex->at--;
		lex->number = scale > 0 ? value / scale : value;
		lex->token = NUMBER;
		return;
	}
	const char *sign = strchr(signs, c);
	lex->token = sign ? (enum token)(PLUS + (sign - signs)) : WRONG;
}

static async double sum(struct lexer *lex);

static async double factor(struct lexer *lex)
{
	double v;

	switch (lex->token) {
	case NUMBER:
		v = lex->number;
		break;
	case MINUS:
		await advance(lex);
		return -await factor(lex);
	case OPEN:
		await advance(lex);
		v = await sum(lex);
		if (lex->token != CLOSE)
			lex->token = WRONG;
		break;
	default:
		lex->token = WRONG;
		return 0;
	}
	if (lex->token != WRONG)
		await advance(lex);
	return v;
}

static async double product(struct lexer *lex)
{
	double v = await factor(lex);

	for (;;) {
		if (lex->token == STAR) {
			await advance(lex);
			v *= await factor(lex);
		} else if (lex->token == SLASH) {
			await advance(lex);
			v /= await factor(lex);
		} else {
			return v;
		}
	}
}

static async double sum(struct lexer *lex)
{
	double v = await product(lex);

	while (lex->token == PLUS || lex->token == MINUS) {
		bool minus = lex->token == MINUS;
		await advance(lex);
		double right = await product(lex);
		v += minus ? -right : right;
	}
	return v;
}

static async int evaluate(const char *input)
{
	struct lexer lex = {.input = input};

	await advance(&lex);
	double v = await sum(&lex);
	if (lex.token != END) {
		say("%s: wrong at %zu", input, lex.at);
		return 1;
	}
	say("%s = %g", input, v);
	return 0;
}

async int main(void)
{
	static const char *const inputs[] = {
		"1 + 2 * 3", "(1 + 2) * 3", "-(4 - 10) / 1.5", "2*(3+4*(5-(6/2)))",
		"1 +",       "7 $ 8",       "((2))",           "12.25 * 4 - -1",
		"(1",
	};
	int wrong = 0;

	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
		wrong += await evaluate(inputs[i]);
	return wrong;
}
