package storage

// MaxBody is the size in bytes of the largest content blob that can be stored and
// read. It also bounds what damaged data can decompress to.
const MaxBody = 256 << 20
