// C23 forms: auto, constexpr, nullptr, typeof, bool, attributes in brackets, empty initialisers.
// RUN: %exec %s
// CFLAGS: -std=c23
// NOT-GCC: version 12 has not all of C23
// NOT-LLVM14: it has not all of C23
#include "exec.h"

[[nodiscard]] static async int value(int v)
{
	return await tick(v);
}

async int main()
{
	auto v = await value(1);
	constexpr int limit = 0b11;
	int *p = nullptr;
	typeof(v) w = await value(limit);
	struct pair e = {};

	[[maybe_unused]] int unused = await value(1'000);
	switch (w) {
	case 3:
		v += await value(4);
		[[fallthrough]];
	default:
		v += 100;
	}
	static_assert(limit == 3);
label:
	int after_label = await value(5);
	say("%d %d %d %d %d", v, w, e.a, p == nullptr, after_label);
	if (after_label == 6)
		goto label;
	return 0;
}
