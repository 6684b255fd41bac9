# What tests/corridor/test_terraform.py applies, changes by these variables, and destroys.

variable "words" { type = string }
variable "minute" { type = number }
variable "enabled" { type = bool }

locals {
  role = "arn:aws:iam::123456789012:role/any"
  tags = { team = var.words }
}

resource "aws_glue_workflow" "nightly" {
  name                   = "nightly"
  description            = var.words
  max_concurrent_runs    = 2
  default_run_properties = { day = var.words }
  tags                   = local.tags
}

resource "aws_glue_job" "spark" {
  name              = "extract"
  description       = var.words
  role_arn          = local.role
  default_arguments = { "--day" = var.words }
  tags              = local.tags
  command { script_location = "/srv/jobs/extract.py" }
}

resource "aws_glue_job" "shell" {
  name         = "load"
  description  = var.words
  role_arn     = local.role
  max_capacity = 0.0625
  max_retries  = 1
  timeout      = var.minute
  tags         = local.tags
  command {
    name            = "pythonshell"
    python_version  = "3.9"
    script_location = "/srv/jobs/load.py"
  }
  execution_property { max_concurrent_runs = 3 }
  notification_property { notify_delay_after = 5 }
}

resource "aws_glue_catalog_database" "lake" {
  name        = "lake"
  description = var.words
  tags        = local.tags
}

resource "aws_glue_crawler" "orders" {
  name          = "orders"
  description   = var.words
  database_name = aws_glue_catalog_database.lake.name
  role          = local.role
  schedule      = "cron(${var.minute} 1 * * ? *)"
  tags          = local.tags
  s3_target { path = "s3://lake/${var.words}" }
}

resource "aws_glue_trigger" "start" {
  name          = "start"
  description   = var.words
  type          = "ON_DEMAND"
  enabled       = false
  workflow_name = aws_glue_workflow.nightly.name
  tags          = local.tags
  actions {
    job_name  = aws_glue_job.spark.name
    arguments = { "--day" = var.words }
  }
}

resource "aws_glue_trigger" "then" {
  name          = "then"
  description   = var.words
  type          = "CONDITIONAL"
  enabled       = var.enabled
  workflow_name = aws_glue_workflow.nightly.name
  tags          = local.tags
  predicate {
    conditions {
      job_name = aws_glue_job.spark.name
      state    = "SUCCEEDED"
    }
  }
  actions {
    job_name  = aws_glue_job.shell.name
    arguments = { "--day" = var.words }
    timeout   = var.minute
  }
  dynamic "actions" {
    for_each = var.words == "first" ? [] : [aws_glue_crawler.orders.name]
    content { crawler_name = actions.value }
  }
}

resource "aws_glue_trigger" "clock" {
  name        = "clock"
  description = var.words
  type        = "SCHEDULED"
  enabled     = var.enabled
  schedule    = "cron(${var.minute} 1 * * ? *)"
  tags        = local.tags
  actions { job_name = aws_glue_job.shell.name }
}

resource "aws_glue_workflow" "arrivals" {
  name        = "arrivals"
  description = var.words
}

resource "aws_glue_trigger" "arrived" {
  name          = "arrived"
  description   = var.words
  type          = "EVENT"
  workflow_name = aws_glue_workflow.arrivals.name
  tags          = local.tags
  actions { job_name = aws_glue_job.shell.name }
  event_batching_condition {
    batch_size   = var.minute
    batch_window = 300
  }
}

resource "aws_glue_catalog_table" "orders" {
  name          = "orders"
  database_name = aws_glue_catalog_database.lake.name
  description   = var.words
  owner         = "team"
  table_type    = "EXTERNAL_TABLE"
  parameters    = { classification = "parquet", words = var.words }
  partition_keys {
    name = "day"
    type = "date"
  }
  storage_descriptor {
    location      = "s3://lake/orders"
    input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
    ser_de_info {
      name                  = "orders"
      serialization_library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
      parameters            = { "serialization.format" = var.minute }
    }
    columns {
      name    = "id"
      type    = "bigint"
      comment = var.words
    }
    columns {
      name = "items"
      type = "array<struct<sku:string,count:int>>"
    }
  }
}

resource "aws_glue_partition" "monday" {
  database_name    = aws_glue_catalog_database.lake.name
  table_name       = aws_glue_catalog_table.orders.name
  partition_values = ["2026-11-02"]
  parameters       = { words = var.words }
  storage_descriptor {
    location = "s3://lake/orders/day=2026-11-02"
    columns {
      name = "id"
      type = "bigint"
    }
  }
}
