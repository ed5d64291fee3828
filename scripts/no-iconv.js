// Stands in for the package iconv-lite, which node-disk-info decodes the code pages of Windows
// with: 480 kB of tables that genctl never reads, and Node would at each start.
export default {};
