void greet(const char *name);

int main(void) {
    greet("prog");
    return 0;
}
