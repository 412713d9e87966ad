#pragma once

namespace spantoll::store {

// Lets the disk serve what this thread reads and writes before what other processes write: I/O
// class realtime (ioprio_set(2)). An fsync else waits behind all that a busy neighbour has handed
// to the disk. Threads that it starts afterwards have the same class. False where the process may
// not (it takes CAP_SYS_NICE); without effect where the disk's scheduler knows no classes
// (mq-deadline and bfq do).
bool put_disk_work_of_this_thread_first();

}  // namespace spantoll::store
