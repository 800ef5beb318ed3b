/* What the command and the plugin do to source text as bytes. */
#ifndef ASYNCC_WRAPPER_TEXT_H
#define ASYNCC_WRAPPER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether one of the words of the language occurs outside comments. */
bool text_has_keyword(const char *text, size_t size);

/* Blanks `#pragma GCC diagnostic` lines: generated code is compiled with all warnings
 * off, and no pragma may switch one on again. */
void text_blank_pragmas(char *text, size_t size);

/* Blanks what gcc's preprocessed headers have and clang cannot parse, as far as the
 * program means the same without it. */
void text_blank_gcc(char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
