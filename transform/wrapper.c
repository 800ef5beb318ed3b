/* asyncc, the command: acts like cc. */
int main(void)
{
	return 0;
}
