// What `auriga doctor` asks a BLAS for, as OpenBLAS would answer.
extern "C" {
const char* openblas_get_config() { return "OpenBLAS 0.3.99 DYNAMIC_ARCH NO_AFFINITY"; }
const char* openblas_get_corename() { return "SkylakeX"; }
int openblas_get_num_threads() { return 5; }
void dgemm_() {}
}
