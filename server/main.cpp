#include "app/cli.hpp"

int main(int argc, char** argv) {
    return aimpact::app::run(argc, argv);
}
