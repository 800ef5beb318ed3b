static inline long careless(const char *text)
{
	long address = text;
	return address;
}
