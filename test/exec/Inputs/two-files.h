#ifndef TWO_FILES_H
#define TWO_FILES_H

struct report {
	int count;
	char text[24];
};

extern int there_calls;

async int here(int v);
async int there(int v);
extern async void there_void(int v);
async struct report report_of(int count);

#endif
