"""`s3://` files for redun; `redun_fs_s3.filesystem.S3FileSystem` is what redun uses."""
