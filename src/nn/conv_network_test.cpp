#include "nn/conv_network.hpp"
