// `auriga doctor`: what it makes of facts, and what it finds on this machine.
#include "doctor.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using namespace auriga::app;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A machine on which all is well.
DoctorFacts healthy() {
  DoctorFacts facts;
  facts.version = "1.2.3";
  facts.processor = "Some processor";
  facts.compiled = facts.runnable = {Isa::v4, Isa::v3, Isa::base};
  facts.isa = Isa::v4;
  facts.cores = facts.bound_cores = facts.allowed_cores = 8;
  facts.eigen = "3.4.0";
  facts.eigen_isa = "SSE, SSE2";
  facts.onnxruntime = "1.29.0";
  facts.devices = {"cpu"};
  facts.ffmpeg = "5.1";
  facts.packs = {{"open", "0.1", "packs/open", {"mesh", "blazeface"}, {}, {}, {}}};
  facts.setup.emplace();
  facts.setup->preset = "open";
  facts.results.path = "processed";
  facts.pack_folder.path = "data/auriga/models";
  return facts;
}

// The lines that are not ok.
std::vector<Finding> remarks(const DoctorFacts& facts) {
  std::vector<Finding> lines = findings(facts);
  std::erase_if(lines, [](const Finding& line) { return line.status == Status::ok; });
  return lines;
}

// The only line that is not ok.
Finding remark(const DoctorFacts& facts) {
  const std::vector<Finding> lines = remarks(facts);
  if (lines.size() == 1) return lines.front();
  std::string all;
  for (const Finding& line : lines) all += "\n" + line.topic + ": " + line.found;
  ADD_FAILURE() << "expected one remark, found " << lines.size() << all;
  return {};
}

TEST(DoctorFindings, NothingToSayOfAHealthyMachine) {
  EXPECT_THAT(remarks(healthy()), IsEmpty());
  EXPECT_EQ(exit_code(findings(healthy())), 0);
  for (const Finding& line : findings(healthy())) {
    EXPECT_NE(line.found, "") << line.topic;
    EXPECT_EQ(line.to_do, "") << line.topic;
  }
}

TEST(DoctorFindings, WithoutAPackNothingWorks) {
  DoctorFacts facts = healthy();
  facts.packs.clear();
  facts.setup.reset();
  facts.setup_problem = "no model pack has the component au";
  facts.model_folders = {"a", "b"};
  const std::vector<Finding> lines = remarks(facts);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].status, Status::note);
  EXPECT_THAT(lines[0].found, HasSubstr("a, b"));
  EXPECT_EQ(lines[1].status, Status::problem);
  EXPECT_EQ(lines[1].found, "no model pack has the component au");
  EXPECT_THAT(lines[1].to_do, HasSubstr("auriga models list"));
  EXPECT_EQ(exit_code(lines), 4);
}

TEST(DoctorFindings, ABrokenPackThatNothingNeedsIsAWarning) {
  DoctorFacts facts = healthy();
  facts.packs.push_back({"pyfaceau", "1", "packs/p", {}, {}, {}, {"pfld.onnx: other SHA-256"}});
  const Finding line = remark(facts);
  EXPECT_EQ(line.status, Status::warning);
  EXPECT_THAT(line.found, AllOf(HasSubstr("packs/p"), HasSubstr("pfld.onnx: other SHA-256")));
  EXPECT_THAT(line.to_do, HasSubstr("auriga models import DIR --pack pyfaceau"));
  EXPECT_EQ(exit_code({line}), 0);
}

TEST(DoctorFindings, AnIncompletePackIsANote) {
  DoctorFacts facts = healthy();
  facts.packs.front().incomplete = {"mesh-au"};
  const Finding line = remark(facts);
  EXPECT_EQ(line.status, Status::note);
  EXPECT_THAT(line.found, AllOf(HasSubstr("mesh, blazeface"), HasSubstr("incomplete: mesh-au")));
}

TEST(DoctorFindings, ResultsThatCannotBeWrittenAreAProblem) {
  DoctorFacts facts = healthy();
  facts.results.problem = "Read-only file system";
  const Finding line = remark(facts);
  EXPECT_EQ(line.status, Status::problem);
  EXPECT_THAT(line.found, HasSubstr("processed: Read-only file system"));
  EXPECT_THAT(line.to_do, HasSubstr("--out-dir DIR"));
  EXPECT_EQ(exit_code({line}), 5);
  // Models can be bad at the same time; scripts get the higher code.
  facts.setup.reset();
  EXPECT_EQ(exit_code(findings(facts)), 5);
}

TEST(DoctorFindings, AModelFolderThatCannotBeWrittenIsOnlyANote) {
  DoctorFacts facts = healthy();
  facts.pack_folder.problem = "Permission denied";
  EXPECT_EQ(remark(facts).status, Status::note);
  EXPECT_THAT(remark(facts).to_do, HasSubstr("--to DIR"));
  facts.pack_folder = {};
  EXPECT_THAT(remark(facts).found, HasSubstr("HOME"));
}

TEST(DoctorFindings, Cores) {
  DoctorFacts facts = healthy();
  facts.allowed_cores = 2;
  EXPECT_EQ(remark(facts).status, Status::note);
  EXPECT_THAT(remark(facts).found, AllOf(HasSubstr("2 of 8"), HasSubstr("control group")));
  EXPECT_THAT(remark(facts).to_do, HasSubstr("no --workers above 2"));
  facts.bound_cores = 2;
  EXPECT_THAT(remark(facts).found, AllOf(HasSubstr("2 of 8"), HasSubstr("bound")));
  facts.cores = facts.bound_cores = facts.allowed_cores = 1;
  EXPECT_EQ(remark(facts).status, Status::note);
  EXPECT_THAT(remark(facts).found, HasSubstr("1 of 1 core "));
}

TEST(DoctorFindings, Kernels) {
  DoctorFacts facts = healthy();
  facts.isa = Isa::base;
  facts.isa_setting = "v1";
  EXPECT_EQ(remark(facts).status, Status::warning);
  EXPECT_THAT(remark(facts).found, HasSubstr("AURIGA_ISA=v1"));
  EXPECT_THAT(remark(facts).to_do, AllOf(HasSubstr("unset AURIGA_ISA"), HasSubstr("v4")));
  facts.isa_setting = "";
  facts.runnable = {Isa::base};  // an old processor
  EXPECT_EQ(remark(facts).status, Status::note);
  EXPECT_THAT(remark(facts).found, HasSubstr("no AVX-512"));
  EXPECT_THAT(remark(facts).to_do, HasSubstr("AVX2"));
  facts.compiled = {Isa::base};  // another kind of processor
  EXPECT_THAT(remarks(facts), IsEmpty());
}

TEST(DoctorFindings, ABlasWhoseThreadsFightWithOurs) {
  DoctorFacts facts = healthy();
  facts.blas = Blas{"OpenBLAS 0.3.21", "SkylakeX", 8, true, true};
  const Finding line = remark(facts);
  EXPECT_EQ(line.status, Status::warning);
  EXPECT_EQ(line.topic, "threads");
  EXPECT_THAT(line.found, AllOf(HasSubstr("8 workers"), HasSubstr("8 threads")));
  EXPECT_THAT(line.to_do, HasSubstr("OPENBLAS_NUM_THREADS=1"));
  facts.blas->threads = 1;
  EXPECT_THAT(remarks(facts), IsEmpty());
  facts.blas->threads = 8;
  facts.blas->is_used = false;  // loaded by someone else
  EXPECT_THAT(remarks(facts), IsEmpty());
  EXPECT_THAT(findings(facts)[3].found, HasSubstr("not used: OpenBLAS 0.3.21"));
}

TEST(DoctorFindings, APlainBlas) {
  DoctorFacts facts = healthy();
  facts.blas = Blas{"a BLAS", "", 1, false, true};
  EXPECT_EQ(remark(facts).status, Status::warning);
  EXPECT_THAT(remark(facts).to_do, HasSubstr("optimised BLAS"));
}

TEST(DoctorFindings, SettingsOfABlasThatIsNotThereHaveNoEffect) {
  DoctorFacts facts = healthy();
  facts.blas_settings = {{"OMP_NUM_THREADS", "8"}, {"OPENBLAS_CORETYPE", "SkylakeX"}};
  EXPECT_THAT(remarks(facts), IsEmpty());
  EXPECT_THAT(findings(facts)[4].found,
              AllOf(HasSubstr("OMP_NUM_THREADS=8"), HasSubstr("no effect")));
}

TEST(DoctorFindings, OpenBlasForAnotherProcessor) {
  DoctorFacts facts = healthy();
  facts.blas_settings = {{"OPENBLAS_CORETYPE", "haswell"}};
  EXPECT_EQ(remark(facts).status, Status::note);
  EXPECT_THAT(remark(facts).to_do, HasSubstr("unset OPENBLAS_CORETYPE"));
  facts.blas = Blas{"OpenBLAS 0.3.21", "Haswell", 1, true, true};
  EXPECT_EQ(remark(facts).status, Status::warning);
  facts.runnable = {Isa::v3, Isa::base};
  facts.isa = Isa::v3;
  facts.compiled = {Isa::v3, Isa::base};
  EXPECT_THAT(remarks(facts), IsEmpty());
  facts.blas_settings.front().second = "SKYLAKEX";
  EXPECT_EQ(remark(facts).status, Status::problem);
  EXPECT_THAT(remark(facts).found, HasSubstr("no AVX-512"));
  EXPECT_EQ(exit_code(findings(facts)), 2);
  facts.blas_settings.front().second = "Unheard-of";  // OpenBLAS passes over it
  EXPECT_THAT(remarks(facts), IsEmpty());
}

TEST(DoctorFindings, ProductsAsAShareOfThePeak) {
  DoctorFacts facts = healthy();
  facts.peak = {100, 50};
  // 2 * 10^9 operations in 0.1 s are 20 GFLOPS.
  facts.products = {{"float", 1000, 10, 0.1}, {"double", 1000, 10, 0.1}, {"double", 2000, 0, 7}};
  std::vector<Finding> lines = findings(facts);
  std::erase_if(lines, [](const Finding& line) { return line.topic != "products"; });
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0].found, AllOf(HasSubstr("float"), HasSubstr("20.0 at size 1000 (20 %)"),
                                    HasSubstr("measured: 100")));
  EXPECT_THAT(lines[1].found, AllOf(HasSubstr("20.0 at size 1000 (40 %)"), HasSubstr("7 s")));
  EXPECT_THAT(lines[1].to_do, HasSubstr("--full"));
  EXPECT_DOUBLE_EQ(facts.products[0].gflops(), 20);
  // Several threads of a BLAS may do more than one core.
  facts.blas = Blas{"OpenBLAS", "", 2, true, true};
  lines = findings(facts);
  std::erase_if(lines, [](const Finding& line) { return line.topic != "products"; });
  EXPECT_THAT(lines[0].found, HasSubstr("(10 %); peak of 2 cores"));
}

TEST(DoctorFindings, MissingDecoders) {
  DoctorFacts facts = healthy();
  facts.missing_decoders = {"H.264", "HEVC"};
  EXPECT_EQ(remark(facts).status, Status::warning);
  EXPECT_THAT(remark(facts).found, HasSubstr("cannot decode H.264, HEVC"));
}

class Doctor : public testing::Test {
 protected:
  Outcome doctor(std::vector<std::string> arguments, std::vector<std::string> more = {}) {
    arguments.insert(arguments.begin(), {"doctor", "--quick"});
    more.insert(more.end(),
                {"XDG_DATA_HOME=" + (folder_.path() / "data").string(), "AURIGA_MODELS="});
    return auriga(arguments, more);
  }
  TemporaryFolder folder_;
};

TEST_F(Doctor, WithoutModelsExitsAsExtractDoes) {
  const Outcome run = doctor({"--models", folder_.path().string()});
  EXPECT_EQ(run.exit_code, 4) << run.out << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("problem  extract"), HasSubstr("auriga models"),
                             HasSubstr("does not work here: 1 problems")));
  EXPECT_EQ(doctor({"--models", (folder_.path() / "none").string()}).exit_code, 4);
}

TEST_F(Doctor, SaysWhatExtractWouldUse) {
  AURIGA_NEEDS_OPEN_PACK();
  const Outcome run = doctor(
      {"--models", open_pack().string(), "--out-dir", (folder_.path() / "a/b").string(), "--json"});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_TRUE(json["works"]);
  std::string extract, results;
  for (const auto& line : json["findings"]) {
    if (line["topic"] == "extract") extract = line["found"];
    if (line["topic"] == "results") results = line["status"];
    EXPECT_NE(line["status"], "problem") << line;
  }
  EXPECT_THAT(extract, HasSubstr("blazeface + mesh"));
  EXPECT_EQ(results, "ok");
  EXPECT_FALSE(fs::exists(folder_.path() / "a")) << "it only looks";
  EXPECT_THAT(fs::directory_iterator(folder_.path()), testing::Eq(fs::directory_iterator()));
}

TEST_F(Doctor, AnAlteredFileStopsExtract) {
  AURIGA_NEEDS_OPEN_PACK();
  const fs::path pack = folder_.path() / "pack";
  fs::copy(open_pack(), pack, fs::copy_options::recursive);
  std::string network = read_text(pack / "face_mesh_trunk.onnx");
  network[1000] ^= 1;
  write_text(pack / "face_mesh_trunk.onnx", network);
  const Outcome run = doctor({"--models", pack.string()});
  EXPECT_EQ(run.exit_code, 4) << run.out;
  EXPECT_THAT(run.out, AllOf(HasSubstr("warning  models"), HasSubstr("not as published"),
                             HasSubstr("problem  extract"), HasSubstr("face_mesh_trunk.onnx")));
}

TEST_F(Doctor, AFileIsNoFolderForResults) {
  AURIGA_NEEDS_OPEN_PACK();
  write_text(folder_.path() / "file", "");
  const Outcome run = doctor({"--models", open_pack().string(), "--out-dir",
                              (folder_.path() / "file/processed").string()});
  EXPECT_EQ(run.exit_code, 5) << run.out;
  EXPECT_THAT(run.out, AllOf(HasSubstr("problem  results"), HasSubstr("is not a folder")));
}

TEST_F(Doctor, ReadOnlyResults) {
  AURIGA_NEEDS_OPEN_PACK();
  const fs::path folder = folder_.path() / "closed";
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms(0555));
  std::vector<std::string> command = {AURIGA_COMMAND,
                                      "doctor",
                                      "--quick",
                                      "--models",
                                      open_pack().string(),
                                      "--out-dir",
                                      (folder / "processed").string()};
  if (geteuid() == 0)  // who may write everywhere unless that right is dropped
    command.insert(command.begin(),
                   {"setpriv", "--inh-caps=-dac_override", "--bounding-set=-dac_override"});
  const Outcome run = program(command);
  EXPECT_EQ(run.exit_code, 5) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("Permission denied"));
}

TEST_F(Doctor, MeasuresProducts) {
  const Outcome run = auriga({"doctor", "--models", folder_.path().string(), "--json"});
  const auto json = nlohmann::json::parse(run.out);
  ASSERT_EQ(json["measured"]["products"].size(), 8u);
  for (const auto& product : json["measured"]["products"]) {
    if (product["runs"] == 0) continue;  // a slow machine
    EXPECT_GT(product["gflops"], 0.0) << product;
    EXPECT_LT(product["share_of_peak"], 1.5) << product;
  }
  EXPECT_EQ(json["measured"]["products"][0]["runs"], 10);
}

TEST_F(Doctor, NamesTheKernelsAndRefusesWhatIsNotThere) {
  const auto kernels = [&](const char* isa) {
    return nlohmann::json::parse(doctor({"--json"}, {isa}).out)["kernels"];
  };
  const auto found = kernels("AURIGA_ISA=");
  EXPECT_EQ(found["in_use"], found["runnable"][0]);
  for (const std::string isa : found["runnable"])
    EXPECT_EQ(kernels(("AURIGA_ISA=" + isa).c_str())["in_use"], isa);
  for (const std::string isa : found["compiled"]) {
    const bool runs = std::find(found["runnable"].begin(), found["runnable"].end(), isa) !=
                      found["runnable"].end();
    EXPECT_EQ(doctor({}, {"AURIGA_ISA=" + isa}).exit_code == 2, !runs) << isa;
  }
  const Outcome refused = doctor({}, {"AURIGA_ISA=avx9"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("AURIGA_ISA"), HasSubstr("'avx9'"),
                                 HasSubstr(found["runnable"][0].get<std::string>())));
}

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(Doctor, FindsABlasThatIsLoaded) {
  EXPECT_THAT(doctor({}).out, HasSubstr("no BLAS is linked"));
  const Outcome run = doctor({}, {"LD_PRELOAD=" AURIGA_FAKE_BLAS});
  EXPECT_THAT(run.out, HasSubstr("OpenBLAS 0.3.99 for SkylakeX, 5 threads"));
}
#endif

}  // namespace
}  // namespace auriga::test
