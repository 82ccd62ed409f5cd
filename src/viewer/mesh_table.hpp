// The points of the face mesh that `auriga extract --mesh` has left beside a table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "files/json.hpp"

namespace auriga {

// The table of meshes of a result, NAME_mesh.csv. Empty: none is there, or not the one that the run
// of `manifest` has written: points of another run would lie beside the face without a complaint.
// By its name and size, for such tables have 11 KB a frame. Never throws.
std::filesystem::path mesh_table_of(const std::filesystem::path& table, const Json& manifest);

// x and y of all kMeshPoints of a face, px, interleaved; nothing where the table has no such row or
// the face was not followed in it. `frame` counts from 1. The rows ascend by frame, so that some
// twenty looks into the file find one of 200,000. Throws Error(input) for a file that is none of
// MeshCsv's.
std::vector<float> mesh_at(const std::filesystem::path& file, std::int64_t face,
                           std::int64_t frame);

}  // namespace auriga
