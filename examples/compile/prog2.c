void greet(const char *name);

int main(void) {
    greet("prog2");
    return 0;
}
