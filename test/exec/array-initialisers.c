// Arrays initialised from literals, partly, by designators, with sizes counted.
// RUN: %exec %s
#include "exec.h"

async int main(void)
{
	char text[] = "hello", padded[10] = "ab", exact[3] = "xyz";
	int counted[] = {1, 2, 3, 4};
	int partly[5] = {9};
	int designated[6] = {[4] = 40, [1] = 10, 11};
	const char *words[] = {"one", "two", NULL};
	wchar_t wide[] = L"wide";
	char m[2][4] = {"abc", {'d', 'e'}};
	unsigned char escapes[] = "\x01\0\377";

	await nap();
	say("%s %zu %s %d %.3s", text, sizeof text, padded, padded[9], exact);
	say("%zu %d %d %d", sizeof counted / sizeof *counted, counted[3], partly[0], partly[4]);
	say("%d %d %d %d", designated[1], designated[2], designated[4], designated[5]);
	for (const char **w = words; *w; w++) {
		await nap();
		say("%s", *w);
	}
	say("%d %zu %s %s", wide[3] == L'e', sizeof wide / sizeof *wide, m[0], m[1]);
	say("%zu %d %d", sizeof escapes, escapes[0], escapes[2]);
	text[0] = 'j';
	await nap();
	say("%s", text);
	return 0;
}
