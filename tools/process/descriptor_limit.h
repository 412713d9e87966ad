#pragma once

namespace spantoll::tools {

// Raises the process's own limit of open files as far as it is needed and allowed, and warns where
// it stays low: connections, tables of two databases and brokers take more than the 256 that some
// systems give.
void raise_descriptor_limit();

}  // namespace spantoll::tools
