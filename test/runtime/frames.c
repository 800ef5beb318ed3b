/* Storage of frames of all sizes: aligned as their sizes call for, apart from each other,
 * reused, and given back when the thread ends. */
// RUN: %cc_plain %s -o %t %runtime_link && %t
// RUN: %cc_plain -DASYNC_DEBUG %s -o %t.debug %runtime_link && %t.debug
#include "Inputs/hand.h"

#include <pthread.h>

#define COUNT 20000

static size_t size_of(int i)
{
	return 16 + (size_t)i * 2654435761u % 1100;
}

static void *use(void *arg)
{
	static __thread struct async_frame *frames[COUNT];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < COUNT; i++) {
			size_t size = size_of(i);
			frames[i] = async__frame_new(size);
			CHECK((uintptr_t)frames[i] % 8 == 0);
			CHECK(size % 16 || (uintptr_t)frames[i] % 16 == 0);
			memset(frames[i], i & 0xff, size);
		}
		for (int i = 0; i < COUNT; i++) {
			const unsigned char *bytes = (const void *)frames[i];
			for (size_t k = 0; k < size_of(i); k++)
				CHECK(bytes[k] == (i & 0xff));
		}
		for (int i = 0; i < COUNT; i++)
			async__frame_free(frames[i], size_of(i));
	}
	return arg;
}

int main(void)
{
	pthread_t thread;

	use(NULL);
	CHECK(pthread_create(&thread, NULL, use, NULL) == 0);
	pthread_join(thread, NULL);
	return 0;
}
